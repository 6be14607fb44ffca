// The checklist of a deployment, as a person works on it.

import { expect, type Locator, type Page } from '@playwright/test';

export class ChecklistPage {
  constructor(
    readonly page: Page,
    /** Whether the page follows what others do by itself. */
    private readonly isLive: boolean,
  ) {}

  static async open(page: Page, deployment: string, isLive: boolean, query = ''): Promise<ChecklistPage> {
    await page.goto(`${deployment.replace(/[#?].*/, '')}/checklist${query}`);
    return new ChecklistPage(page, isLive);
  }

  /** The row of an item. */
  item(title: string): Locator {
    return this.page.locator('li.item').filter({ has: this.page.getByRole('link', { name: title, exact: true }) });
  }

  state(title: string): Locator {
    return this.item(title).locator('.badge-words').first();
  }

  /** Waits until the row says so, reloading where nothing arrives by itself. */
  async shows(title: string, state: string, timeout = 20_000): Promise<void> {
    await expect(async () => {
      if (!this.isLive) await this.page.reload();
      await expect(this.state(title)).toHaveText(state, { timeout: this.isLive ? timeout : 500 });
    }).toPass({ timeout });
  }

  /** Items a person can close, with whether they ask for evidence. */
  async openManualItems(): Promise<{ title: string; wantsEvidence: boolean }[]> {
    const controls = this.page.locator('li.item [data-tick]');
    const labels = await controls.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    return labels.map((label) => ({
      title: label.replace(/^(Mark as done|Give evidence): /, ''),
      wantsEvidence: label.startsWith('Give evidence'),
    }));
  }

  async tick(title: string): Promise<void> {
    await this.page.getByRole('button', { name: `Mark as done: ${title}` }).click();
    await expect(this.state(title)).toHaveText('Done');
  }

  async unfold(title: string): Promise<void> {
    if (await this.item(title).locator('.item-open').count()) return;
    await this.item(title).getByRole('link', { name: title, exact: true }).click();
    await expect(this.item(title).locator('.item-open')).toBeVisible();
  }

  async tickWithEvidence(title: string, evidence: string): Promise<void> {
    await this.unfold(title);
    await this.item(title).getByLabel(/^Evidence/).fill(evidence);
    await this.item(title).getByRole('button', { name: `Mark as done: ${title}` }).click();
    await expect(this.page.getByText('The checklist is updated.')).toBeVisible();
    await expect(this.state(title)).toHaveText('Done');
  }

  async fold(title: string, summary: string): Promise<Locator> {
    await this.unfold(title);
    const details = this.item(title).locator('details').filter({ hasText: summary });
    if (!(await details.evaluate((one: HTMLDetailsElement) => one.open))) await details.locator('summary').click();
    return details;
  }

  async waive(title: string, reason: string): Promise<void> {
    const details = await this.fold(title, 'Waive with a reason');
    await details.getByLabel(/^Reason/).fill(reason);
    await details.getByRole('button', { name: `Waive this item: ${title}` }).click();
    await expect(this.page.getByText('The checklist is updated.')).toBeVisible();
    await expect(this.state(title)).toHaveText('Waived');
  }

  async attach(title: string, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    const details = await this.fold(title, 'Attach a file');
    await details.getByLabel('File').setInputFiles(file);
    await details.getByRole('button', { name: `Attach this file: ${title}` }).click();
  }

  async signOff(role: string, comment: string): Promise<void> {
    const button = this.page.getByRole('button', { name: `Sign off as ${role}` });
    const form = this.page.locator('form').filter({ has: button });
    await form.getByLabel(/^Comment/).fill(comment);
    await button.click();
    await expect(this.page.getByText('Your signature is recorded.')).toBeVisible();
  }
}
