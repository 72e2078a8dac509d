/** The pictures in docs/pictures; they are looked at before they are committed. */
import { expect } from '@playwright/test';
import { join } from 'node:path';
import { activeCell, openNotebook, run, setTheme, test } from './notebook';

const FOLDER = join(__dirname, '..', '..', 'docs', 'pictures');

test('the graph', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await openNotebook(page, 'churn/churn.ipynb');
  await run(page, 'application:toggle-left-area');
  await setTheme(page, 'Light');
  await page.locator('.nb2p-Graph [aria-label="Stage compare"] rect').click();
  await expect.poll(() => activeCell(page)).toBe(21);
  await page.waitForTimeout(2000);
  await page.screenshot({ path: join(FOLDER, 'lab-graph.png') });
});

test('quick fixes', async ({ page }) => {
  await page.setViewportSize({ width: 1100, height: 500 });
  await openNotebook(page, 'misspelt.ipynb');
  await setTheme(page, 'Dark');
  await expect(page.locator('.nb2p-CellProblem:visible .nb2p-Button')).toHaveCount(4);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(FOLDER, 'lab-fixes.png') });
});
