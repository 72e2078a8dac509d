/** The server's routes: one function each. The payloads' types come from the server's JSON schema. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  About,
  Analysis,
  AnalyzeRequest,
  Diagnostic,
  Failure,
  Fixes,
  Page,
  Proposals,
  Task,
  TaskRequest
} from './payloads';

/** The server refused a request: what it said, with diagnostics where there are any. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly diagnostics: Diagnostic[]
  ) {
    super(message);
  }
}

/** What the extension asks of the server. */
export class Api {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  about(): Promise<About> {
    return this.request('about');
  }

  analyze(request: AnalyzeRequest): Promise<Analysis> {
    return this.request('analyze', 'POST', request);
  }

  fixes(request: AnalyzeRequest): Promise<Fixes> {
    return this.request('fixes', 'POST', request);
  }

  propose(request: AnalyzeRequest): Promise<Proposals> {
    return this.request('propose', 'POST', request);
  }

  explain(code: string): Promise<Page> {
    return this.request(`explain/${encodeURIComponent(code)}`);
  }

  startTask(request: TaskRequest): Promise<Task> {
    return this.request('tasks', 'POST', request);
  }

  task(id: string): Promise<Task> {
    return this.request(`tasks/${id}?wait=1`);
  }

  cancelTask(id: string): Promise<Task> {
    return this.request(`tasks/${id}`, 'DELETE');
  }

  private async request<T>(route: string, method = 'GET', body?: unknown): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, 'nb2pipe') + '/' + route;
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      throw new RefusedError(0, `The server does not answer: ${String(error)}`, []);
    }
    const text = await response.text();
    if (!response.ok) {
      throw readFailure(response, text);
    }
    return JSON.parse(text) as T;
  }
}

function readFailure(response: Response, text: string): RefusedError {
  let failure: Partial<Failure> = {};
  try {
    failure = JSON.parse(text) as Failure;
  } catch {
    // Not from our routes: a proxy, or a server without the extension.
  }
  const missing = "the server's part of nb2pipe is not enabled: `jupyter server extension enable nb2pipe.lab`";
  const message = response.status === 404 && !failure.message ? missing : failure.message;
  return new RefusedError(
    response.status,
    message || `${response.status} ${response.statusText}`,
    failure.diagnostics ?? []
  );
}
