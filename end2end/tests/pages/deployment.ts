// The page of one deployment, as a person finds their way on it: by headings, labels and buttons.

import { expect, type Locator, type Page } from '@playwright/test';

export const PHRASE = 'DEPLOY TO PRODUCTION';

export class DeploymentPage {
  constructor(
    readonly page: Page,
    /** Whether the page follows the deployment by itself. Without scripts a person reloads it. */
    private readonly isLive: boolean,
  ) {}

  static async open(page: Page, url: string, isLive: boolean): Promise<DeploymentPage> {
    await page.goto(url);
    return new DeploymentPage(page, isLive);
  }

  get url(): string {
    return this.page.url().replace(/#.*/, '');
  }

  part(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Waits until the deployment is in a state, on a page nobody touches where it is live. */
  async reaches(state: string, timeout = 120_000): Promise<void> {
    const words = this.page.getByRole('heading', { level: 1 }).getByText(state, { exact: true });
    if (this.isLive) {
      await expect(words).toBeVisible({ timeout });
      return;
    }
    await expect(async () => {
      await this.page.reload();
      await expect(words).toBeVisible({ timeout: 100 });
    }).toPass({ timeout, intervals: [250, 500, 1000] });
  }

  get approveButton(): Locator {
    return this.page.getByRole('button', { name: 'Approve this plan' });
  }

  async decide({ phrase, comment }: { phrase: string; comment: string }): Promise<void> {
    const approval = this.part('Approval');
    await approval.getByLabel('Confirmation phrase').fill(phrase);
    await approval.getByLabel('Comment').fill(comment);
  }

  async approve(comment: string): Promise<void> {
    await this.decide({ phrase: PHRASE, comment });
    await this.approveButton.click();
    await expect(this.page.getByText('Your approval of this plan is recorded.')).toBeVisible();
  }

  item(title: string): Locator {
    return this.part('Checklist and sign-off').getByRole('listitem').filter({ hasText: title });
  }

  /** The titles of the items that nobody and nothing has closed yet. */
  async openManualItems(): Promise<string[]> {
    const buttons = this.part('Checklist and sign-off').locator('button[aria-label^="Mark as done: "]');
    const labels = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    return labels.map((label) => label.replace('Mark as done: ', ''));
  }

  async tick(title: string, evidence: string): Promise<void> {
    await this.fillFolded(title, 'Mark as done', /^Evidence/, evidence, `Mark as done: ${title}`);
  }

  async waive(title: string, reason: string): Promise<void> {
    await this.fillFolded(title, 'Waive with a reason', /^Reason/, reason, `Waive this item: ${title}`);
  }

  private async fillFolded(title: string, fold: string, label: RegExp, text: string, button: string): Promise<void> {
    const item = this.item(title);
    const details = item.locator('details').filter({ hasText: fold });
    if (!(await details.evaluate((one: HTMLDetailsElement) => one.open))) await details.locator('summary').click();
    await details.getByLabel(label).fill(text);
    await details.getByRole('button', { name: button }).click();
    await expect(this.page.getByText('The checklist is updated.')).toBeVisible();
    await expect(item.getByText(text)).toBeVisible();
  }

  async signOff(role: string, comment: string): Promise<void> {
    const button = this.page.getByRole('button', { name: `Sign off as ${role}` });
    const form = this.page.locator('form').filter({ has: button });
    await form.getByLabel(/^Comment/).fill(comment);
    await button.click();
    await expect(this.page.getByText('Your signature is recorded.')).toBeVisible();
  }
}
