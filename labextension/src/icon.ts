import { LabIcon } from '@jupyterlab/ui-components';

/** Three stages and the lines between them. */
export const pipelineIcon = new LabIcon({
  name: 'nb2pipe:pipeline',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161"><rect x="8" y="2" width="8" height="5" rx="1.5"/>
  <rect x="1.5" y="17" width="8" height="5" rx="1.5"/><rect x="14.5" y="17" width="8" height="5" rx="1.5"/>
  <path d="M11.2 7h1.6v3.4h5.8c.5 0 .9.4.9.9V17h-1.6v-5H6.3v5H4.7v-5.7c0-.5.4-.9.9-.9h5.6z"/></g></svg>`
});
