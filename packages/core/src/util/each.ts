/** The entries of page after page, each page read when it is needed. */
export async function* each<Page extends { readonly cursor?: string }, Entry>(
  pageAt: (from: { readonly cursor?: string }) => Promise<Page>,
  entriesOf: (page: Page) => readonly Entry[],
): AsyncGenerator<Entry, void, undefined> {
  let page = await pageAt({});
  yield* entriesOf(page);
  while (page.cursor !== undefined) {
    page = await pageAt({ cursor: page.cursor });
    yield* entriesOf(page);
  }
}
