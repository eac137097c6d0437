// The text of the query: Yasqe (CodeMirror with the grammar of SPARQL 1.1), as it has to be on our
// pages: no other host, no style in a page, the words of its language, nobody caught in it.
import Yasqe from "@zazuko/yasqe";
import { registerCompleters, suggestWhileTyping } from "./completion.js";
import { element } from "./dom.js";
import { told, words } from "./told.js";

const GUTTER = "gutterErrorBar";

/** Marks the first line that the grammar does not expect. (Yasqe's own mark writes styles into the page.) */
Yasqe.prototype.checkSyntax = function checkSyntax() {
  this.clearGutter(GUTTER);
  const doc = this.getDoc();
  for (let line = 0; line < doc.lineCount(); line += 1) {
    const { state } = this.getTokenAt({ line, ch: doc.getLine(line).length }, true);
    this.setOption("queryType", state.queryType);
    if (!state.OK) {
      const said = words("doubtful");
      this.setGutterMarker(line, GUTTER, element("span", { class: "doubtful", role: "img", title: said, "aria-label": said }, "!"));
      break;
    }
  }
};
// It says in English only how to complete; the page says so.
Yasqe.prototype.showNotification = () => {};

/**
 * Puts the editor in the place of `area`, a textarea, whose value it keeps the same.
 *
 * `onRun()` is called when its keys ask for the query to be run. Gives `text()`, `fill(text)`,
 * `mark(line, column, message)`, which lasts until something is changed, and `focus(line, column)`;
 * both count from 1.
 */
export function createInput(area, onRun) {
  registerCompleters();
  const yasqe = new Yasqe(area.parentElement, {
    value: area.value,
    persistenceId: null,
    createShareableLink: null,
    consumeShareLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "",
    screenReaderLabel: area.labels[0].textContent,
    tabindex: 0,
    // What ends a word ends the suggestions for it, so that others may come.
    hintConfig: { closeCharacters: /[\s>"(){};,]/ },
    extraKeys: {
      Tab: false, "Shift-Tab": false, "Ctrl-S": false, "Ctrl-Enter": onRun, "Cmd-Enter": onRun,
      // Escape closes the suggestions and no more: the Tab key leaves the text.
      Esc: false, "Ctrl-]": "indentMore", "Ctrl-[": "indentLess",
    },
  });
  const doc = yasqe.getDoc();
  // As high as the textarea was, so that nothing moves; then as the text is long.
  yasqe.setSize(null, area.offsetHeight);
  const fit = () => {
    const [least, most] = told.lines;
    yasqe.setSize(null, Math.min(most, Math.max(least, doc.lineCount() + 2)) * yasqe.defaultTextHeight());
  };
  area.hidden = true;
  const field = yasqe.getInputField();
  area.labels[0].addEventListener("click", () => yasqe.focus());
  field.setAttribute("spellcheck", "false");
  new ResizeObserver(() => yasqe.refresh()).observe(yasqe.getWrapperElement());
  suggestWhileTyping(yasqe);

  let marks = [];
  const unmark = () => { marks.forEach((clear) => clear()); marks = []; };
  yasqe.on("change", () => { area.value = yasqe.getValue(); unmark(); });

  return {
    text: () => yasqe.getValue(),
    fill(text) { yasqe.setValue(text); doc.setCursor(0, 0); fit(); },
    mark(line, column, message) {
      unmark();
      const from = { line: Math.min(line, doc.lineCount()) - 1, ch: column - 1 };
      const end = Math.max(yasqe.getTokenAt({ ...from, ch: column }).end, column);
      const wrong = doc.markText(from, { ...from, ch: end }, { className: "wrong", attributes: { title: message } });
      const handle = doc.addLineClass(from.line, "wrap", "wrong-line");
      marks = [() => wrong.clear(), () => doc.removeLineClass(handle, "wrap", "wrong-line")];
      yasqe.scrollIntoView(from, 40);
    },
    unmark,
    focus(line, column) { yasqe.focus(); if (line) doc.setCursor(line - 1, column - 1); },
  };
}
