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
}
