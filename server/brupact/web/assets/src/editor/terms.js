// RDF terms, in the form that SPARQL 1.1 Query Results JSON gives them, for people.
import { element } from "./dom.js";
import { told, words } from "./told.js";

const NUMERIC = new Set(["integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger", "short",
  "byte", "positiveInteger", "negativeInteger", "nonPositiveInteger", "unsignedInt", "unsignedLong"]
  .map((name) => told.prefixes.xsd + name));
// What needs no word about its kind beside it.
const PLAIN = new Set([...NUMERIC, ...["string", "date", "dateTime", "boolean", "gYear"]
  .map((name) => told.prefixes.xsd + name)]);
const LOCAL = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
// Of a longer text so much is shown at first, and so much at all: files have it whole.
const SHORT = 320;
const LONGEST = 5000;

/** The IRI with a prefix, of `prefixes` or ours; undefined where none fits. */
export function prefixed(iri, prefixes = {}) {
  for (const [name, namespace] of Object.entries({ ...told.prefixes, ...prefixes })) {
    if (iri.startsWith(namespace) && LOCAL.test(iri.slice(namespace.length))) {
      return `${name}:${iri.slice(namespace.length)}`;
    }
  }
  return undefined;
}

/** The IRI in few characters. */
export const brief = (iri) =>
  prefixed(iri) ?? (iri.startsWith(told.things) ? iri.slice(told.things.length) : iri);

/** Where a link to `iri` leads: our own pages, else the web; undefined for no address of the web. */
export function address(iri) {
  if (!iri.startsWith(told.base)) return /^https?:\/\//i.test(iri) ? iri : undefined;
  const [path, fragment] = iri.replace(told.things, told.documents).slice(told.base.length).split("#");
  const carried = new URLSearchParams(told.carried).toString();
  return `${told.root}/${path}${carried && `?${carried}`}${fragment ? `#${fragment}` : ""}`;
}

/** The number that a term is; undefined for others. */
export function numeric(term) {
  if (term?.type !== "literal" || !NUMERIC.has(term.datatype)) return undefined;
  const number = Number(term.value);
  return Number.isFinite(number) ? number : undefined;
}

/** The term as a text; an IRI by its name, where `names` has it. */
export function text(term, names = new Map()) {
  if (!term) return "";
  if (term.type === "uri") return names.get(term.value)?.value ?? brief(term.value);
  if (term.type === "triple") return ["subject", "predicate", "object"].map((part) => text(term.value[part])).join(" ");
  return term.type === "bnode" ? `_:${term.value}` : term.value;
}

const tag = (said) => element("small", { class: "tag" }, said);

function link(iri, names) {
  const name = names.get(iri);
  const href = address(iri);
  const shown = name?.value ?? brief(iri);
  const attributes = { lang: name?.["xml:lang"], dir: "auto", title: iri };
  return href
    ? element("a", { ...attributes, href, rel: iri.startsWith(told.base) ? null : "external" }, shown)
    : element("code", attributes, shown);
}

function literal(term) {
  const { value, datatype, "xml:lang": lang } = term;
  const shown = element("span", { lang, dir: "auto" });
  const kept = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  if (value.length <= SHORT) shown.append(value);
  else {
    const note = value.length > LONGEST ? element("p", { class: "note", lang: told.lang }, words("cut")) : null;
    shown.append(`${value.slice(0, SHORT)}… `,
      element("details", {}, element("summary", { lang: told.lang }, words("whole")), kept, note));
  }
  const kind = lang ?? (datatype && !PLAIN.has(datatype) ? brief(datatype) : undefined);
  return [shown, ...(kind ? [" ", tag(kind)] : [])];
}

/** The term as nodes of a page. */
export function shown(term, names = new Map()) {
  if (!term) return [];
  if (term.type === "uri") return [link(term.value, names)];
  return term.type === "literal" ? literal(term) : [element("code", {}, text(term, names))];
}
