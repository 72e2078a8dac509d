/** Opens a notebook with the panel, and reads what JupyterLab holds of it. */
import { expect, test as base, type Page } from '@playwright/test';

/** What `--LabApp.expose_app_in_browser` puts on the window, as far as the tests need it. */
interface App {
  commands: { execute(command: string, args?: unknown): Promise<unknown> };
  shell: { currentWidget: unknown; widgets(area: string): Iterable<unknown> };
}
interface CellModel {
  sharedModel: { getMetadata(key: string): unknown; getSource(): string };
}
interface Panel {
  content: { model: { cells: Iterable<CellModel>; getMetadata(key: string): unknown }; activeCellIndex: number };
  context: { model: { dirty: boolean } };
}

/** A test with one JupyterLab for all: loading it takes longer than what most tests do. */
export const test = base.extend<object, { lab: Page }>({
  lab: [
    async ({ browser }, use, info) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const { baseURL } = info.project.use;
      await page.goto(`${baseURL}/lab/workspaces/test-${Date.now()}?token=ui-tests&reset`);
      await page.locator('#jp-main-dock-panel').waitFor({ timeout: 60_000 });
      await page.waitForFunction(() => 'jupyterapp' in window);
      await use(page);
      await context.close();
    },
    { scope: 'worker' }
  ],
  page: async ({ lab }, use, info) => {
    await use(lab);
    if (info.status !== info.expectedStatus) {
      await info.attach('page', { body: await lab.screenshot(), contentType: 'image/png' });
    }
  }
});

/** Opens a notebook in place of all that is open, without a kernel, and shows the panel. */
export async function openNotebook(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Escape');
  await page.evaluate(async file => {
    const { commands, shell } = (window as unknown as { jupyterapp: App }).jupyterapp;
    for (const widget of shell.widgets('main')) {
      (widget as { context?: { model: { dirty: boolean } } }).context && ((widget as Panel).context.model.dirty = false);
    }
    await commands.execute('application:close-all');
    await commands.execute('docmanager:open', { path: file, kernelPreference: { shouldStart: false, canStart: false } });
  }, path);
  await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
  await run(page, 'nb2pipe:open-panel');
  await expect(page.locator('#nb2pipe-panel h2')).toHaveText(path.slice(path.lastIndexOf('/') + 1));
  await expect(page.locator('.nb2p-Summary')).not.toHaveText('Analyzing …');
}

/** Runs a command of JupyterLab. */
export async function run(page: Page, command: string, args: unknown = {}): Promise<void> {
  await page.evaluate(
    ([name, options]) => (window as unknown as { jupyterapp: App }).jupyterapp.commands.execute(name as string, options),
    [command, args] as const
  );
}

/** The tags of every cell of the notebook in front. */
export function readTags(page: Page): Promise<string[][]> {
  return page.evaluate(() => {
    const panel = (window as unknown as { jupyterapp: App }).jupyterapp.shell.currentWidget as Panel;
    return [...panel.content.model.cells].map(cell => (cell.sharedModel.getMetadata('tags') as string[]) ?? []);
  });
}

/** The sources of every cell of the notebook in front. */
export function readSources(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const panel = (window as unknown as { jupyterapp: App }).jupyterapp.shell.currentWidget as Panel;
    return [...panel.content.model.cells].map(cell => cell.sharedModel.getSource());
  });
}

/** Number of the active cell, from 1. */
export function activeCell(page: Page): Promise<number> {
  return page.evaluate(() => {
    const panel = (window as unknown as { jupyterapp: App }).jupyterapp.shell.currentWidget as Panel;
    return panel.content.activeCellIndex + 1;
  });
}

/** A part of the notebook's metadata. */
export function readMetadata(page: Page, key: string): Promise<unknown> {
  return page.evaluate(name => {
    const panel = (window as unknown as { jupyterapp: App }).jupyterapp.shell.currentWidget as Panel;
    return panel.content.model.getMetadata(name);
  }, key);
}

/** Makes a cell the active one, in command mode; with `extend` the selection reaches to it. */
export async function selectCell(page: Page, number: number, extend = false): Promise<void> {
  const prompt = page.locator('.jp-NotebookPanel:visible .jp-Cell').nth(number - 1).locator('.jp-InputPrompt');
  await prompt.click({ modifiers: extend ? ['Shift'] : [] });
}

/** Switches between `JupyterLab Light` and `JupyterLab Dark`. */
export async function setTheme(page: Page, theme: 'Light' | 'Dark'): Promise<void> {
  await run(page, 'apputils:change-theme', { theme: `JupyterLab ${theme}` });
  await page.locator(`body[data-jp-theme-light="${theme === 'Light'}"]`).waitFor({ state: 'attached' });
  await page.waitForTimeout(500);
}
