// Questions to the service: queries with their options, and the names of things.
import { told } from "./told.js";

const JSON_TYPE = "application/sparql-results+json";
const TRIPLES_TYPE = "application/n-triples";
const ACCEPT = `${JSON_TYPE}, ${TRIPLES_TYPE}, application/problem+json;q=0.5`;
// What may not stand in an IRI of a query (SPARQL 1.1, IRIREF).
const NO_IRI = /[\u0000-\u0020<>"{}|^`\\]/u;
// So many names are asked for at a time.
const NAMES = 500;

/** A failure that the service told of (RFC 9457): `line` and `column` are from 1, where known. */
export class Problem extends Error {
  constructor({ title, detail, line, column }) {
    // The place stands in numbers beside it.
    super((detail || title).replace(/^error at \d+:\d+: /, ""));
    Object.assign(this, { line, column });
  }
}

/** The address of the answer to `text` with `options`, parameters of the endpoint. */
export function answerAddress(text, options) {
  return `${told.endpoint}?${new URLSearchParams({ query: text, ...options })}`;
}

function request(text, options, signal) {
  const address = answerAddress(text, options);
  const headers = { Accept: ACCEPT };
  // A short query is read, so that the browser and the service may keep the answer.
  if (address.length <= told.longest) return fetch(address, { headers, signal });
  return fetch(told.endpoint, { method: "POST", headers, signal, body: new URLSearchParams({ query: text, ...options }) });
}

const ESCAPES = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f" };
const unescaped = (text) => text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gu, (_, four, eight, other) =>
  other === undefined ? String.fromCodePoint(Number.parseInt(four ?? eight, 16)) : ESCAPES[other] ?? other);
// What a triple that is a term begins with; its end has as many characters.
const TRIPLE = "<<( ";
const TERM = /<([^>]*)>|_:(\S+)|"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?/uy;

function termAt(line, position) {
  if (line.startsWith(TRIPLE, position)) {
    const [subject, predicate, object] = termsAt(line, position + TRIPLE.length);
    TERM.lastIndex += TRIPLE.length;
    return { type: "triple", value: { subject, predicate, object } };
  }
  TERM.lastIndex = position;
  const found = TERM.exec(line);
  if (!found) throw new Error(line);
  const [, iri, node, value, lang, datatype] = found;
  if (iri !== undefined) return { type: "uri", value: unescaped(iri) };
  if (node !== undefined) return { type: "bnode", value: node };
  return { type: "literal", value: unescaped(value), ...(lang && { "xml:lang": lang }), ...(datatype && { datatype }) };
}

/** The three terms of a triple, each followed by a blank. */
function termsAt(line, start) {
  TERM.lastIndex = start - 1;
  return [0, 1, 2].map(() => termAt(line, TERM.lastIndex + 1));
}

/** The triples of an N-Triples document (RDF 1.2 N-Triples, section 2), as rows of three terms. */
const readTriples = (document) => document.split("\n").filter(Boolean).map((line) => termsAt(line, 0));

function read(type, document) {
  if (type === TRIPLES_TYPE) return { kind: "triples", columns: ["subject", "predicate", "object"], rows: readTriples(document) };
  const { head, boolean, results } = JSON.parse(document);
  if (boolean !== undefined) return { kind: "boolean", boolean, columns: [], rows: [] };
  const columns = head.vars;
  return { kind: "rows", columns, rows: results.bindings.map((row) => columns.map((name) => row[name])) };
}

/** The answer to a query: its rows, and what the service says of it. Aborted by `signal`. */
export async function ask(text, options, signal) {
  const started = performance.now();
  const response = await request(text, options, signal);
  const document = await response.text();
  const took = performance.now() - started;
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0];
  if (!response.ok) {
    throw new Problem(type === "application/problem+json" ? JSON.parse(document) : { title: response.statusText });
  }
  const cited = /<([^>]*)>;\s*rel="?cite-as"?/.exec(response.headers.get("Link") ?? "");
  return {
    text, options, took, type, document,
    ...read(type, document),
    warning: response.headers.get("Brupact-Warning"),
    version: response.headers.get("Brupact-Version"),
    cited: cited?.[1],
  };
}

const known = new Map();

/** The names of `iris` in the language of the page, or the one that stands in for it, by IRI. */
export async function namesOf(iris) {
  const wanted = [...new Set(iris)].filter((iri) => !known.has(iri) && !NO_IRI.test(iri));
  for (let start = 0; start < wanted.length; start += NAMES) {
    const some = wanted.slice(start, start + NAMES);
    const text = `SELECT ?iri { VALUES ?iri { ${some.map((iri) => `<${iri}>`).join(" ")} } }`;
    const { rows } = await ask(text, { labels: told.lang });
    for (const [iri, name] of rows) known.set(iri.value, name);
  }
  return known;
}

/** The IRIs in rows of terms. */
export const irisIn = (rows) => rows.flat().filter((term) => term?.type === "uri").map(({ value }) => value);
