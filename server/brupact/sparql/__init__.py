"""The words of the protocol: formats, negotiation, requests. Plain functions on plain values."""
