// The power goes out in the middle of a deployment.

import { expect, test } from './support/fixtures.ts';
import { DeploymentPage } from './pages/deployment.ts';
import { openRelease, requestDeployment } from './pages/release.ts';
import { engineer, lead } from './support/people.ts';
import { STACKS } from './support/world.ts';

// The page's live connection breaks with the server, in whatever state it is in; the browser says so.
test.use({ expectedMessages: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to fetch/] });

test('a server killed while executing continues, and does nothing twice', async ({ world, login, isLive }) => {
  test.setTimeout(600_000);
  await world.createRelease('1.5.0');
  const eli = await login(engineer);
  await openRelease(eli, '1.5.0');
  const request = await requestDeployment(eli, { to: 'Production', because: 'Autumn season', isLive });
  await request.reaches('Awaiting approval');
  const review = await DeploymentPage.open(await login(lead), request.url, isLive);
  await review.approve('Read and agreed');

  await review.reaches('Executing');
  await world.restartAfterPowerCut();
  // And once more, somewhere else in the middle.
  await expect(review.part('Run').getByRole('progressbar')).toHaveText(/[3-6] of 7/, { timeout: 180_000 });
  await world.restartAfterPowerCut();

  // The same page, never reloaded, finds its way back to the server.
  await review.reaches('Awaiting sign-off', 300_000);
  for (const stack of STACKS) expect(await world.executions(`TriviaNFT-${stack}-production`), stack).toBe(1);
  expect(await world.lockkeeper(['audit', 'verify'])).toMatch(/^\d+ events, unbroken/);
});
