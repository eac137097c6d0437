// Bundles each file of src/ into ../static/built/, which the pages load and the wheel carries;
// what two of them share stands in src/shared/ and becomes a file of its own.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const outdir = "../static/built";
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: readdirSync("src").filter((name) => name.endsWith(".js")).map((name) => `src/${name}`),
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  legalComments: "linked",
  logLevel: "warning",
});
