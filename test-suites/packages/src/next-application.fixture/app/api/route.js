import { remember } from "./remember.js";

export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await remember());
}
