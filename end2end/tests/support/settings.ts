// What `cargo xtask test` tells the tests. Started by hand, Playwright says what is missing.

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the browser tests with \`cargo xtask test browser\``);
  return value;
}
