// Through the provider, as a person does it: choose who you are, come back logged in.

import { expect, type Page } from '@playwright/test';
import type { Person } from './people.ts';

export async function logIn(page: Page, origin: string, person: Person): Promise<void> {
  await page.goto(origin);
  await choosePerson(page, person);
  await expect(page.getByRole('banner').getByRole('link', { name: person.name })).toBeVisible();
}

/** On the provider's page. */
export async function choosePerson(page: Page, person: Person): Promise<void> {
  const choice = new RegExp(person.name);
  await page.getByRole('link', { name: choice }).or(page.getByRole('button', { name: choice })).first().click();
}
