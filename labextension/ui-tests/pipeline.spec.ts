/** What a person does with the extension, in a real browser against a real server. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  activeCell,
  openNotebook,
  readMetadata,
  readSources,
  readTags,
  run,
  selectCell,
  setTheme,
  test
} from './notebook';

const ROOT = join(process.env.NB2PIPE_UI_FOLDER ?? '', 'root');

const stages = (page: Page) => page.locator('.nb2p-Graph .stage');
const links = (page: Page) => page.locator('.nb2p-Graph .link');
const panel = (page: Page) => page.locator('#nb2pipe-panel');
const cellProblems = (page: Page) => page.locator('.nb2p-CellProblem:visible');

test('tag two cells and see the graph, with the keyboard alone', async ({ page }) => {
  await openNotebook(page, 'tag.ipynb');
  await expect(panel(page)).toContainText('1 error');
  await selectCell(page, 1);
  await page.keyboard.press('t');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.type('make');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(stages(page)).toHaveCount(1);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('t');
  await page.keyboard.type('show');
  await page.keyboard.press('Enter');
  await expect(stages(page)).toHaveCount(2);
  await expect(links(page)).toHaveCount(1);
  await expect(links(page).first()).toHaveAttribute('aria-label', 'Edge make → show: y');
  expect(await readTags(page)).toEqual([['stage:make'], [], ['stage:show']]);
  const chips = page.locator('.nb2p-CellBar .nb2p-Chip');
  await expect(chips).toHaveText(['make', 'make', 'show']);
  const color = (n: number) =>
    page.locator('.jp-CodeCell').nth(n).evaluate(node => node.style.getPropertyValue('--nb2p-color'));
  const drawn = await stages(page).first().locator('path').getAttribute('fill');
  expect(await color(0)).toBe(drawn);
  expect(await color(1)).toBe(drawn);
  expect(await color(2)).not.toBe(drawn);

  await page.keyboard.press('z'); // the notebook's own undo
  await expect(stages(page)).toHaveCount(1);
  expect(await readTags(page)).toEqual([['stage:make'], [], []]);
  await page.keyboard.press('Shift+Z');
  await expect(stages(page)).toHaveCount(2);
  expect(await readTags(page)).toEqual([['stage:make'], [], ['stage:show']]);
});

test('several cells are tagged in one step, and a name is checked as it is typed', async ({ page }) => {
  await openNotebook(page, 'tag.ipynb');
  await selectCell(page, 1);
  await selectCell(page, 2, true);
  await page.keyboard.press('t');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('2 cells');
  const apply = dialog.getByRole('button', { name: 'Apply' });
  await expect(apply).toBeDisabled();
  await page.keyboard.type('a/b');
  await expect(dialog).toContainText('The name is a path');
  await expect(apply).toBeDisabled();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('ab');
  await expect(dialog).toContainText('A new stage.');
  await apply.click();
  expect(await readTags(page)).toEqual([['stage:ab'], ['stage:ab'], []]);
  await expect(stages(page)).toHaveCount(1);
  await run(page, 'notebook:undo-cell-action');
  expect(await readTags(page)).toEqual([[], [], []]);
});

test('a diagnostic appears in panel, cell and editor, and its quick fix clears it', async ({ page }) => {
  await openNotebook(page, 'misspelt.ipynb');
  await expect(panel(page).locator('.nb2p-Problem')).toHaveCount(2);
  await expect(cellProblems(page)).toHaveCount(2);
  await expect(cellProblems(page).first()).toContainText('paramters says nothing');
  await cellProblems(page).getByRole('button', { name: 'Rename the tag to parameters' }).click();
  await expect(cellProblems(page)).toHaveCount(1);
  await panel(page).getByRole('button', { name: 'Rename the tag to after:load' }).click();
  await expect(cellProblems(page)).toHaveCount(0);
  await expect(panel(page).locator('.nb2p-Problem')).toHaveCount(0);
  expect(await readTags(page)).toEqual([['parameters'], ['stage:load'], ['stage:show', 'after:load']]);
  await expect(stages(page)).toHaveCount(2);
  await run(page, 'notebook:undo-cell-action');
  await expect(cellProblems(page)).toHaveCount(1);
});

test('a cell moves up to where its name is needed, and back with undo', async ({ page }) => {
  await openNotebook(page, 'order.ipynb');
  await expect(cellProblems(page)).toContainText('used before it is defined');
  await expect(page.locator('.jp-CodeCell .nb2p-Mark')).toHaveText('total');
  await cellProblems(page).getByRole('button', { name: 'Move cell 2 above cell 1' }).click();
  await expect(stages(page)).toHaveCount(2);
  expect(await readSources(page)).toEqual(['total = 1 + 2', 'print(total)']);
  await run(page, 'notebook:undo-cell-action');
  await expect(cellProblems(page)).toHaveCount(1);
  expect(await readSources(page)).toEqual(['print(total)', 'total = 1 + 2']);
});

test('a cell moves to another stage when its value cannot travel', async ({ page }) => {
  await openNotebook(page, 'half_read.ipynb');
  await cellProblems(page).getByRole('button', { name: 'Move cell 3 to stage make' }).click();
  await expect(cellProblems(page)).toHaveCount(0);
  expect(await readTags(page)).toEqual([['imports'], ['stage:make'], ['stage:make']]);
});

test('typing draws the graph anew, and nothing is executed', async ({ page }) => {
  await openNotebook(page, 'skip.ipynb');
  await expect(links(page).first()).toHaveAttribute('aria-label', 'Edge a → b: x');
  await selectCell(page, 1);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\nz = 2');
  await selectCell(page, 3);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\nprint(z)');
  await expect(links(page).first()).toHaveAttribute('aria-label', 'Edge a → b: x, z');
  await expect(page.locator('.jp-OutputArea-output')).toHaveCount(0);
  await selectCell(page, 2);
  await page.keyboard.press('Shift+T');
  expect((await readTags(page))[1]).toEqual(['skip']);
  await expect(page.locator('.nb2p-Chip').nth(1)).toHaveText('skip');
});

test('a stage scrolls to its cells; an edge shows the lines behind it', async ({ page }) => {
  await openNotebook(page, 'churn/churn.ipynb');
  await page.locator('.nb2p-Graph [aria-label="Stage call list"] rect').click();
  await expect.poll(() => activeCell(page)).toBe(25);
  await expect(panel(page)).toContainText('threshold = 0.3');
  await page.locator('.nb2p-Graph [aria-label^="Edge split → compare"]').press('Enter');
  const edge = page.getByRole('region', { name: 'Edge split to compare' });
  await expect(edge).toContainText('X_test');
  await expect(edge).toContainText('defined in cell 14, line 3');
  await edge.getByRole('button', { name: 'used in cell 21, line 2' }).click();
  await expect.poll(() => activeCell(page)).toBe(21);
});

test('stages are proposed, some are accepted, and undone', async ({ page }) => {
  await openNotebook(page, 'untagged/churn.ipynb');
  const before = await readTags(page);
  await page.getByRole('button', { name: 'Propose stages' }).click();
  const review = page.getByRole('region', { name: 'Proposed stages' });
  const boxes = review.getByRole('checkbox');
  await expect(boxes.first()).toBeChecked();
  const all = await boxes.count();
  expect(all).toBeGreaterThan(3);
  expect(await readTags(page)).toEqual(before);
  const drawn = await stages(page).count();
  await boxes.last().uncheck();
  await expect(stages(page)).toHaveCount(drawn - 1);
  await review.getByRole('button', { name: `Accept ${all - 1} tags` }).click();
  await expect.poll(async () => (await readTags(page)).flat().length).toBe(all - 1);
  await expect(stages(page)).toHaveCount(drawn - 1);
  await run(page, 'notebook:undo-cell-action');
  await expect.poll(() => readTags(page)).toEqual(before);
});

test('an example is converted, found on disk, run, and its files are opened', async ({ page }) => {
  await openNotebook(page, 'churn/churn.ipynb');
  await panel(page).getByRole('button', { name: 'Convert', exact: true }).click();
  const work = page.getByRole('region', { name: 'Work' });
  await expect(work).toContainText('Converting done', { timeout: 60_000 });
  const project = join(ROOT, 'churn', 'churn');
  expect(readFileSync(join(project, 'pipeline.yaml'), 'utf8')).toContain('train_forest');
  expect(existsSync(join(project, 'src', 'churn', 'compare.py'))).toBe(true);
  await panel(page).getByRole('button', { name: 'Run', exact: true }).click();
  await expect(work).toContainText('Running done', { timeout: 80_000 });
  await expect(page.locator('.nb2p-Graph .nb2p-State')).toHaveCount(7);
  expect(existsSync(join(project, 'products'))).toBe(true);
  await panel(page).getByRole('button', { name: 'Convert', exact: true }).click();
  await expect(work).toContainText('0 written', { timeout: 60_000 });
  await work.getByRole('button', { name: 'pipeline.yaml' }).click();
  await expect(page.locator('.jp-FileEditor:visible .cm-content')).toContainText('tasks');
});

test('recording is cancelled, and leaves nothing behind', async ({ page }) => {
  await openNotebook(page, 'slow.ipynb');
  await page.getByText('Options of this notebook').click();
  await page.getByLabel(/Record the notebook/).check();
  expect(await readMetadata(page, 'nb2pipe_lab')).toEqual({ record: true });
  await panel(page).getByRole('button', { name: 'Convert', exact: true }).click();
  const work = page.getByRole('region', { name: 'Work' });
  await expect(work).toContainText('Converting');
  await page.waitForTimeout(1500);
  await work.getByRole('button', { name: 'Cancel' }).click();
  await expect(work).toContainText('cancelled');
  expect(existsSync(join(ROOT, 'slow', 'pipeline.yaml'))).toBe(false);
});

test('a path outside of the root is refused', async ({ page }) => {
  await openNotebook(page, 'outside.ipynb');
  await page.getByText('Options of this notebook').click();
  for (const folder of ['../elsewhere', 'link/project']) {
    const field = page.getByLabel('Output folder');
    await field.fill(folder);
    await field.press('Enter');
    await panel(page).getByRole('button', { name: 'Convert', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Work' })).toContainText('is outside of the folder that this server shows');
  }
  expect(existsSync(join(ROOT, '..', 'elsewhere'))).toBe(false);
  expect(existsSync(join(ROOT, '..', 'outside', 'project'))).toBe(false);
});

test('fifty stages are drawn and can be read', async ({ page }) => {
  await openNotebook(page, 'fifty.ipynb');
  await expect(stages(page)).toHaveCount(50);
  await page.getByRole('button', { name: 'Larger' }).click();
  await page.getByRole('button', { name: 'Larger' }).click();
  await page.getByRole('button', { name: 'Larger' }).click();
  const height = await stages(page).nth(25).locator('text').first().evaluate(n => n.getBoundingClientRect().height);
  expect(height).toBeGreaterThan(8);
  await stages(page).nth(40).press('Enter');
  await expect.poll(() => activeCell(page)).toBe(41);
});

test('a page explains a diagnostic', async ({ page }) => {
  await openNotebook(page, 'order.ipynb');
  await panel(page).getByRole('button', { name: /error NB201/ }).click();
  await expect(page.locator('.jp-Dialog')).toContainText('NB201');
  await expect(page.locator('.jp-Dialog')).toContainText('What to do');
  await page.keyboard.press('Escape');
});

for (const theme of ['Light', 'Dark'] as const) {
  test(`nothing of it is out of reach for a screen reader, ${theme}`, async ({ page }) => {
    await openNotebook(page, 'misspelt.ipynb');
    await setTheme(page, theme);
    await expect(cellProblems(page)).toHaveCount(2);
    const scan = async (selector: string) =>
      (await new AxeBuilder({ page }).include(selector).analyze()).violations.map(
        v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(' | ')}`
      );
    expect(await scan('#nb2pipe-panel')).toEqual([]);
    expect(await scan('.nb2p-CellBar')).toEqual([]);
    expect(await scan('.nb2p-CellProblems')).toEqual([]);
    await selectCell(page, 2);
    await page.keyboard.press('t');
    await page.getByRole('dialog').waitFor();
    expect(await scan('.nb2p-TagPopup')).toEqual([]);
    await openNotebook(page, 'ridge/ridge_diabetes.ipynb');
    await page.getByText('Options of this notebook').click();
    expect(await scan('#nb2pipe-panel')).toEqual([]);
    await stages(page).first().press('Enter');
    expect(await scan('#nb2pipe-panel')).toEqual([]);
  });
}

test('settings switch off what cells show', async ({ page }) => {
  await openNotebook(page, 'misspelt.ipynb');
  await expect(cellProblems(page)).toHaveCount(2);
  await changeSetting(page, 'showInCells', false);
  await expect(cellProblems(page)).toHaveCount(0);
  await expect(page.locator('.nb2p-CellBar:visible')).toHaveCount(0);
  await expect(panel(page).locator('.nb2p-Problem')).toHaveCount(2);
  await changeSetting(page, 'showInCells', true);
  await expect(cellProblems(page)).toHaveCount(2);
});

test('settings and the notebook choose the folder, the notebook last', async ({ page }) => {
  await openNotebook(page, 'tag.ipynb');
  await page.getByText('Options of this notebook').click();
  await changeSetting(page, 'outputFolder', 'pipelines/{name}');
  await expect(panel(page)).toContainText('Writes to pipelines/tag');
  const field = page.getByLabel('Output folder');
  await field.fill('mine');
  await field.press('Enter');
  await expect(panel(page)).toContainText('Writes to mine');
  expect(await readMetadata(page, 'nb2pipe_lab')).toEqual({ out: 'mine' });
  await page.getByLabel('Style').selectOption('notebook');
  expect(await readMetadata(page, 'nb2pipe')).toEqual({ style: 'notebook' });
  await changeSetting(page, 'outputFolder', '{name}');
});

test('it loads in Notebook 7', async ({ page: lab }) => {
  const page = await lab.context().newPage();
  await page.goto('/notebooks/skip.ipynb?token=ui-tests');
  await expect(page.locator('.nb2p-CellBar .nb2p-Chip')).toHaveText(['a', 'a', 'b'], { timeout: 60_000 });
  await page.locator('.jp-Cell .jp-InputPrompt').first().click();
  await page.keyboard.press('Alt+P');
  await expect(page.locator('#nb2pipe-panel .stage')).toHaveCount(2);
  await page.keyboard.press('Escape');
  await page.close();
});

/** Changes one of the user's settings in the settings editor, and comes back to the notebook. */
async function changeSetting(page: Page, name: string, value: string | boolean): Promise<void> {
  await run(page, 'settingeditor:open', { query: 'nb2pipe' });
  const field = page.locator(`[id="jp-SettingsEditor-nb2pipe:plugin_${name}"]`);
  await (typeof value === 'boolean' ? field.setChecked(value) : field.fill(value));
  await page.waitForTimeout(1000); // the editor saves when typing has ceased
  await page.getByRole('tab', { name: 'Settings' }).locator('.lm-TabBar-tabCloseIcon').click();
  await page.locator('.jp-NotebookPanel:visible').waitFor();
}
