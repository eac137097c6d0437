// The address of the page holds the query and its options: whoever opens it finds them again. They
// stand in the fragment, which is not sent, so that a query may be long; a link of ours has `?text=`.
const KNOWN = ["text", "infer", "labels", "timeout", "version", "view", "run"];

/** What the address says: the names that we know. */
export function readAddress() {
  const said = [location.search, location.hash].flatMap((part) => [...new URLSearchParams(part.slice(1))]);
  return Object.fromEntries(said.filter(([name]) => KNOWN.includes(name)));
}

/** The address of this page with `values`; what else its query string says stays. */
export function addressWith(values) {
  const address = new URL(location.href);
  for (const name of KNOWN) address.searchParams.delete(name);
  address.hash = new URLSearchParams(values).toString();
  return address.href;
}
