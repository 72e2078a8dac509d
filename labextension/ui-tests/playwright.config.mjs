import { defineConfig } from '@playwright/test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PORT = process.env.NB2PIPE_UI_PORT ?? '8917';
const PYTHON = process.env.NB2PIPE_UI_PYTHON ?? 'python';
export const FOLDER = process.env.NB2PIPE_UI_FOLDER ?? join(tmpdir(), `nb2pipe-ui-tests-${PORT}`);
process.env.NB2PIPE_UI_FOLDER = FOLDER;

export default defineConfig({
  testDir: '.',
  outputDir: join(FOLDER + '-results'),
  timeout: 90_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${PORT}`,
    launchOptions: {
      executablePath: process.env.NB2PIPE_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: `"${PYTHON}" ui-tests/serve.py ${PORT} "${FOLDER}"`,
    cwd: new URL('..', import.meta.url).pathname,
    url: `http://localhost:${PORT}/api`,
    timeout: 60_000,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: process.env.NB2PIPE_UI_LOG ? 'pipe' : 'ignore'
  }
});
