/** `npm run saboteurs`: prints which case catches which saboteur. */
import { matrixAsText, runMatrix } from "./matrix.ts";

const rows = await runMatrix();
console.log(matrixAsText(rows));
process.exitCode = rows.every(({ killers }) => killers.length > 0) ? 0 : 1;
