import { type Client, errors } from "@elastic/elasticsearch";

/**
 * The client as this store needs it, on the same connections:
 * - it repeats nothing. Core does, and knows what may be repeated: of a deletion that was done, whose answer was lost, a second one
 *   says that there was nothing to delete;
 * - an answer that leads elsewhere is an error. The client takes the page of a proxy that asks for a login for an answer.
 */
export function strictClient(client: Client): Client {
  const strict = client.child({ maxRetries: 0 });
  const { transport } = strict;
  const request = transport.request.bind(transport);
  const checked = async (...[params, options]: Parameters<typeof request>) => {
    const result = await request(params, { ...options, meta: true });
    const { statusCode = 0 } = result;
    if (statusCode >= 300 && statusCode < 400) throw new errors.ResponseError(result);
    return options?.meta ? result : result.body;
  };
  transport.request = checked as typeof request;
  return strict;
}
