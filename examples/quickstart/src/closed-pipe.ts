/** The exit status of a process whose reader has left: 128 and the number of SIGPIPE, as shells have it. */
export const readerLeft = 141;

/** Ends this process quietly when nobody reads its output any more, as after `npm start | head -3`. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(readerLeft);
    throw error;
  });
}
