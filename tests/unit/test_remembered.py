"""What is remembered for a text is bounded in bytes."""

from brupact.remembered import remembered


def test_a_short_text_is_asked_for_once_a_long_one_each_time() -> None:
    asked: list[str | None] = []

    @remembered(2)
    def length(text: str | None) -> int:
        asked.append(text)
        return len(text or "")

    short, long = "s" * 512, "s" * 513
    assert [length(text) for text in (short, short, None, None, long, long)] == [
        512, 512, 0, 0, 513, 513,
    ]  # fmt: skip
    assert asked == [short, None, long, long]
