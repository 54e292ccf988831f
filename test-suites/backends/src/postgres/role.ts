import pg from "pg";

/** As an application should connect: may make schemas and roles, and no more. Its password is its name. */
const role = "loci_matrix";
let made = 0;

/** Makes the role, where it is not there. */
export async function prepareRole(url: string): Promise<void> {
  await run(url, [
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${role}') then
         create role ${role} login noinherit createrole password '${role}';
       end if;
     end $$`,
  ]);
}

/** Makes a database with pgvector that belongs to the role, and says how the role and how the administrator reach it. */
export async function createDatabase(url: string): Promise<{ name: string; url: string; adminUrl: string }> {
  made += 1;
  const name = `loci_matrix_${process.pid}_${made}`;
  await run(url, [`create database ${name} owner ${role}`]);
  const at = (changes: Partial<URL>) =>
    Object.assign(new URL(url), { pathname: `/${name}`, ...changes }).href;
  await run(at({}), ["create extension vector"]);
  return { name, url: at({ username: role, password: role }), adminUrl: at({}) };
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
