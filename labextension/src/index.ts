/** The plugin: one model a notebook, the panel, the commands. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Widget } from '@lumino/widgets';
import { Api } from './api';
import { NotebookDecorator } from './cells';
import { addCommands, editTags, goTo, showStage } from './commands';
import { PipelineModel } from './model';
import { PipelinePanel } from './panel';
import { DEFAULTS, readSettings, type Settings } from './settings';

const PLUGIN = 'nb2pipe:plugin';

/** All that belongs to one notebook. */
interface Entry {
  model: PipelineModel;
  decorator: NotebookDecorator;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Tags cells, shows the pipeline, converts it.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry],
  optional: [ICommandPalette, ISettingRegistry, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null
  ) => {
    const api = new Api(app.serviceManager.serverSettings);
    const entries = new Map<NotebookPanel, Entry>();
    let settings: Settings = DEFAULTS;
    const look = () => ({ show: settings.showInCells, notes: settings.notesInCells });

    const showPage = (code: string) => {
      void (async () => {
        try {
          const page = await api.explain(code);
          const body = new Widget();
          const renderer = rendermime.createRenderer('text/markdown');
          await renderer.renderModel(new MimeModel({ data: { 'text/markdown': page.markdown }, trusted: false }));
          renderer.addClass('nb2p-Page');
          body.dispose();
          await showDialog({ title: code, body: renderer, buttons: [Dialog.okButton({ label: 'Close' })] });
        } catch (error) {
          await showErrorMessage(`There is no page about ${code}`, error instanceof Error ? error.message : String(error));
        }
      })();
    };

    const panel = new PipelinePanel({
      goTo: (model, place) => void goTo(model.panel, place),
      showStage: (model, stage) => void showStage(model, stage),
      showPage,
      openFile: path => void app.commands.execute('docmanager:open', { path }),
      openReport: path => void app.commands.execute('docmanager:open', { path, factory: 'HTML Viewer' }),
      openSettings: () => void app.commands.execute('settingeditor:open', { query: 'nb2pipe' })
    });
    app.shell.add(panel, 'right', { rank: 600, type: 'Pipeline' });
    restorer?.add(panel, 'nb2pipe-panel');

    const adopt = (notebook: NotebookPanel) => {
      const model = new PipelineModel(notebook, api, settings);
      const decorator = new NotebookDecorator(
        notebook,
        model,
        {
          editTags: (where, cell, anchor) => {
            where.content.activeCellIndex = where.content.widgets.indexOf(cell);
            void editTags(model, anchor);
          },
          showStage: (_, stage) => void showStage(model, stage),
          showPage
        },
        look()
      );
      entries.set(notebook, { model, decorator });
      notebook.disposed.connect(() => {
        entries.delete(notebook);
        decorator.dispose();
        model.dispose();
        follow();
      });
    };
    const follow = () => {
      const current = tracker.currentWidget;
      panel.model = (current && entries.get(current)?.model) ?? null;
    };
    tracker.forEach(adopt);
    tracker.widgetAdded.connect((_, notebook) => {
      adopt(notebook);
      follow();
    });
    tracker.currentChanged.connect(follow);
    follow();

    addCommands(app, panel, palette);

    void api.about().then(
      about => {
        panel.about = about;
      },
      error => console.warn('nb2pipe:', error)
    );

    void registry?.load(PLUGIN).then(loaded => {
      const take = () => {
        settings = readSettings(loaded.composite as Record<string, unknown>);
        for (const { model, decorator } of entries.values()) {
          model.setSettings(settings);
          decorator.setLook(look());
        }
      };
      loaded.changed.connect(take);
      take();
    });
  }
};

export default plugin;
