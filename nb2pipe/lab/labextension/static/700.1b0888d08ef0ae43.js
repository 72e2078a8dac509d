"use strict";(self.rspackChunknb2pipe=self.rspackChunknb2pipe||[]).push([[700],{646(o,r,n){var e=n(601),p=n.n(e),t=n(314),a=(n.n(t))()(p());a.push([o.id,`/* Colours come from JupyterLab's theme; a stage's own colour is --nb2p-color, the same as in the graph. */

.nb2p-Panel {
  overflow: auto;
  padding: 10px 12px 24px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.45;
}

#nb2pipe-panel.nb2p-Panel.lm-Widget {
  min-width: 340px;
}

.nb2p-Panel h2,
.nb2p-TagForm h2 {
  font-size: var(--jp-ui-font-size2);
  margin: 0;
  overflow-wrap: anywhere;
}

.nb2p-Panel h3 {
  font-size: var(--jp-ui-font-size1);
  margin: 16px 0 4px;
  padding-top: 8px;
  border-top: 1px solid var(--jp-border-color2);
}

.nb2p-Panel h4 {
  font-size: var(--jp-ui-font-size1);
  font-weight: 600;
  margin: 8px 0 2px;
}

.nb2p-Panel p {
  margin: 2px 0 6px;
}

.nb2p-Panel ul {
  margin: 0;
  padding-left: 16px;
}

.nb2p-Panel code,
.nb2p-Panel pre {
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
}

.nb2p-Panel pre {
  margin: 2px 0 6px;
  padding: 4px 6px;
  overflow-x: auto;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  background: var(--jp-layout-color2);
  border-radius: 3px;
}

.nb2p-Muted {
  color: var(--jp-ui-font-color2);
}

.nb2p-Wrong {
  color: var(--jp-error-color0, var(--jp-error-color1));
}

.nb2p-Buttons {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin: 6px 0;
}

.nb2p-Button,
.nb2p-Zoom button {
  border: 1px solid var(--jp-border-color0);
  border-radius: 3px;
  padding: 3px 10px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font: inherit;
  cursor: pointer;
}

.nb2p-Button:hover:not(:disabled, .nb2p-mod-primary),
.nb2p-Zoom button:hover {
  background: var(--jp-layout-color2);
}

.nb2p-Button.nb2p-mod-primary {
  background: var(--jp-brand-color0, #0d47a1);
  border-color: var(--jp-brand-color0, #0d47a1);
  color: #fff;
}

.nb2p-Button:disabled {
  opacity: 0.5;
  cursor: default;
}

.nb2p-Button.nb2p-mod-primary:hover:not(:disabled) {
  filter: brightness(1.12);
}

.nb2p-Link,
.nb2p-Code {
  border: 0;
  padding: 0;
  background: none;
  color: var(--jp-content-link-color);
  font: inherit;
  text-align: left;
  cursor: pointer;
  overflow-wrap: anywhere;
}

.nb2p-Link:hover:not(:disabled),
.nb2p-Code:hover {
  text-decoration: underline;
}

.nb2p-Link:disabled {
  color: inherit;
  cursor: default;
}

.nb2p-Panel :is(button, input, select, summary):focus-visible,
.nb2p-TagPopup :is(button, input):focus-visible,
.nb2p-CellBar button:focus-visible,
.nb2p-CellProblems button:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: 1px;
}

.nb2p-Work progress {
  width: 100%;
  accent-color: var(--jp-brand-color1);
}

.nb2p-Options {
  margin-top: 16px;
  padding-top: 8px;
  border-top: 1px solid var(--jp-border-color2);
}

.nb2p-Options summary {
  cursor: pointer;
  font-weight: 600;
}

.nb2p-Options label {
  display: block;
  margin: 8px 0 2px;
}

.nb2p-Options input.jp-mod-styled,
.nb2p-Options select {
  display: block;
  width: 100%;
  margin-top: 2px;
  color: var(--jp-ui-font-color0);
  background: var(--jp-input-background);
}

.nb2p-Panel fieldset,
.nb2p-TagForm fieldset {
  margin: 8px 0;
  border: 1px solid var(--jp-border-color2);
  border-radius: 3px;
}

/* --- graph -------------------------------------------------------------- */

.nb2p-Graph {
  position: relative;
  margin-top: 8px;
}

.nb2p-GraphScroll {
  max-height: 62vh;
  overflow: auto;
  border: 1px solid var(--jp-border-color2);
  border-radius: 4px;
}

.nb2p-Zoom {
  display: flex;
  justify-content: flex-end;
  gap: 4px;
  margin-bottom: 4px;
}

.nb2p-Zoom button {
  padding: 0 8px;
  line-height: 20px;
}

.nb2p-Zoom button[aria-pressed='true'] {
  background: var(--jp-layout-color3);
}

.nb2p-Graph svg.nb2p {
  --ink: var(--jp-ui-font-color0);
  --muted: var(--jp-ui-font-color2);
  --card: var(--jp-layout-color1);
  --line: var(--jp-border-color0);
  --page: var(--jp-layout-color1);

  display: block;
  margin: 0 auto;
}

.nb2p-Graph svg.nb2p [data-detail] {
  cursor: pointer;
  outline: none;
}

.nb2p-Graph svg.nb2p .stage:focus-visible .card,
.nb2p-Graph svg.nb2p .stage[aria-pressed='true'] .card {
  stroke: var(--jp-brand-color1);
  stroke-width: 2.5;
}

.nb2p-Graph svg.nb2p .link:focus-visible .line,
.nb2p-Graph svg.nb2p .link[aria-pressed='true'] .line {
  stroke-width: 4;
  stroke-opacity: 1;
}

.nb2p-Graph svg.chosen [data-detail]:not(.near) {
  opacity: 0.3;
}

.nb2p-Graph.nb2p-mod-stale svg {
  opacity: 0.45;
}

.nb2p-Graph .nb2p-State {
  font-size: 11px;
  font-weight: 600;
}

.nb2p-Peek {
  position: absolute;
  left: 6px;
  right: 6px;
  bottom: 6px;
  padding: 6px 8px;
  background: var(--jp-layout-color2);
  border: 1px solid var(--jp-border-color1);
  border-radius: 4px;
  pointer-events: none;
  box-shadow: var(--jp-elevation-z2);
}

.nb2p-Peek.nb2p-mod-top {
  top: 34px;
  bottom: auto;
}

.nb2p-StageDetails h3 {
  border-top: 3px solid var(--nb2p-color);
}

/* --- diagnostics -------------------------------------------------------- */

.nb2p-Panel ul.nb2p-Problems {
  list-style: none;
  padding: 0;
}

.nb2p-Problem,
.nb2p-CellProblem {
  --nb2p-severity: var(--jp-info-color1);

  border-left: 3px solid var(--nb2p-severity);
  padding: 2px 8px 4px;
  margin: 6px 0;
}

.nb2p-mod-error {
  --nb2p-severity: var(--jp-error-color1);
}

.nb2p-mod-warning {
  --nb2p-severity: var(--jp-warn-color1);
}

.nb2p-Problem .nb2p-Code,
.nb2p-CellProblem .nb2p-Code {
  margin-right: 8px;
  font-weight: 600;
  color: var(--jp-ui-font-color1);
}

.nb2p-Problem .nb2p-Button,
.nb2p-CellProblem .nb2p-Button {
  margin: 4px 6px 2px 0;
}

.nb2p-Help {
  color: var(--jp-ui-font-color1);
}

.nb2p-Help::before {
  content: '→ ';
  color: var(--jp-ui-font-color2);
}

.nb2p-Review ul {
  list-style: none;
  padding: 0;
}

.nb2p-Review li {
  margin: 6px 0;
}

.nb2p-Page {
  max-width: 720px;
}

.jp-Dialog-body.nb2p-Page {
  overflow: auto;
}

/* --- cells -------------------------------------------------------------- */

.jp-Cell.nb2p-Cell {
  position: relative;
}

.jp-Cell.nb2p-Cell::after {
  content: '';
  position: absolute;
  left: 0;
  top: 3px;
  bottom: 3px;
  width: 4px;
  border-radius: 2px;
  background: var(--nb2p-color);
  pointer-events: none;
}

.jp-Cell.nb2p-Cell[data-nb2p-role='skip']::after {
  background: repeating-linear-gradient(
    -45deg,
    var(--jp-border-color0) 0 3px,
    transparent 3px 6px
  );
}

.jp-Cell.nb2p-Cell[data-nb2p-role='skip'] .jp-Cell-inputWrapper {
  opacity: 0.65;
}

.nb2p-CellBar {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px;
  padding: 0 0 2px
    calc(
      var(--jp-cell-collapser-width) + var(--jp-cell-prompt-width) + 2px
    );
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size0);
}

.nb2p-CellBar.lm-mod-hidden {
  display: none;
}

.nb2p-Button code,
.nb2p-CellProblem code {
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
}

button.nb2p-Chip.nb2p-Chip,
.nb2p-Dependency,
.nb2p-Label {
  border: 1px solid transparent;
  border-radius: 9px;
  padding: 0 8px;
  line-height: 16px;
  font: inherit;
  color: var(--jp-ui-font-color1);
  background: none;
}

button.nb2p-Chip.nb2p-Chip {
  border-color: var(--nb2p-color, var(--jp-border-color1));
  border-width: 1.5px;
  cursor: pointer;
}

button.nb2p-Chip.nb2p-Chip:hover,
button.nb2p-Chip.nb2p-Chip[aria-pressed='true'] {
  background: var(--jp-layout-color2);
}

button.nb2p-Chip.nb2p-Chip.nb2p-mod-inherited {
  border-style: dashed;
  border-width: 1px;
  color: var(--jp-ui-font-color2);
}

.nb2p-Dependency {
  cursor: pointer;
  color: var(--jp-ui-font-color2);
}

.nb2p-Dependency::before {
  content: '← ';
  color: var(--nb2p-color);
  font-weight: 700;
}

.nb2p-Dependency:hover {
  text-decoration: underline;
}

.nb2p-Label {
  color: var(--jp-ui-font-color2);
  font-style: italic;
}

.nb2p-CellProblems {
  padding-left: calc(
    var(--jp-cell-collapser-width) + var(--jp-cell-prompt-width) + 2px
  );
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  color: var(--jp-ui-font-color1);
}

.nb2p-Mark {
  text-decoration: underline wavy var(--nb2p-severity, var(--jp-info-color1));
  text-underline-offset: 3px;
  text-decoration-skip-ink: none;
}

.nb2p-Mark.nb2p-mod-note {
  text-decoration-style: dotted;
}

.nb2p-Tooltip {
  max-width: 480px;
  padding: 6px 8px;
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  color: var(--jp-ui-font-color1);
  background: var(--jp-layout-color2);
  border: 1px solid var(--jp-border-color1);
  border-radius: 3px;
}

@keyframes nb2p-flash {
  from {
    box-shadow: inset 0 0 0 2px var(--nb2p-color);
  }
}

.nb2p-mod-flash {
  animation: nb2p-flash 1.2s ease-out;
}

@media (prefers-reduced-motion: reduce) {
  .nb2p-mod-flash {
    animation: none;
  }
}

/* --- dialog ------------------------------------------------------------- */

.nb2p-TagPopup {
  position: fixed;
  z-index: 10000;
  width: 340px;
  max-height: 80vh;
  overflow: auto;
  padding: 12px 14px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  border: 1px solid var(--jp-border-color1);
  border-radius: 4px;
  box-shadow: var(--jp-elevation-z8);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}

.nb2p-Roles {
  display: grid;
  grid-template-columns: 1fr 1fr 1fr;
  gap: 4px;
  margin: 8px 0;
}

.nb2p-TagForm label input {
  margin: 0 5px 0 0;
  vertical-align: middle;
}

.nb2p-StageField input.jp-mod-styled {
  display: block;
  width: 100%;
  margin: 3px 0;
  color: var(--jp-ui-font-color0);
  background: var(--jp-input-background);
}

.nb2p-StageField input[aria-invalid='true'] {
  border-color: var(--jp-error-color1);
}

.nb2p-StageList {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  margin: 6px 0;
}

.nb2p-TagForm fieldset label {
  display: inline-block;
  margin-right: 12px;
}

.nb2p-TagForm .nb2p-Buttons {
  justify-content: flex-end;
}

.nb2p-Empty {
  color: var(--jp-ui-font-color2);
}
`,""]),n.d(r,{},{A:a})},314(o){o.exports=function(o){var r=[];return r.toString=function(){return this.map(function(r){var n="",e=void 0!==r[5];return r[4]&&(n+="@supports (".concat(r[4],") {")),r[2]&&(n+="@media ".concat(r[2]," {")),e&&(n+="@layer".concat(r[5].length>0?" ".concat(r[5]):""," {")),n+=o(r),e&&(n+="}"),r[2]&&(n+="}"),r[4]&&(n+="}"),n}).join("")},r.i=function(o,n,e,p,t){"string"==typeof o&&(o=[[null,o,void 0]]);var a={};if(e)for(var i=0;i<this.length;i++){var l=this[i][0];null!=l&&(a[l]=!0)}for(var d=0;d<o.length;d++){var s=[].concat(o[d]);e&&a[s[0]]||(void 0!==t&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=t),n&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=n),p&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=p):s[4]="".concat(p)),r.push(s))}},r}},601(o){o.exports=function(o){return o[1]}},72(o){var r=[];function n(o){for(var n=-1,e=0;e<r.length;e++)if(r[e].identifier===o){n=e;break}return n}function e(o,e){for(var p={},t=[],a=0;a<o.length;a++){var i=o[a],l=e.base?i[0]+e.base:i[0],d=p[l]||0,s="".concat(l," ").concat(d);p[l]=d+1;var b=n(s),c={css:i[1],media:i[2],sourceMap:i[3],supports:i[4],layer:i[5]};if(-1!==b)r[b].references++,r[b].updater(c);else{var u=function(o,r){var n=r.domAPI(r);return n.update(o),function(r){r?(r.css!==o.css||r.media!==o.media||r.sourceMap!==o.sourceMap||r.supports!==o.supports||r.layer!==o.layer)&&n.update(o=r):n.remove()}}(c,e);e.byIndex=a,r.splice(a,0,{identifier:s,updater:u,references:1})}t.push(s)}return t}o.exports=function(o,p){var t=e(o=o||[],p=p||{});return function(o){o=o||[];for(var a=0;a<t.length;a++){var i=n(t[a]);r[i].references--}for(var l=e(o,p),d=0;d<t.length;d++){var s=n(t[d]);0===r[s].references&&(r[s].updater(),r.splice(s,1))}t=l}}},659(o){var r={};o.exports=function(o,n){var e=function(o){if(void 0===r[o]){var n=document.querySelector(o);if(window.HTMLIFrameElement&&n instanceof window.HTMLIFrameElement)try{n=n.contentDocument.head}catch(o){n=null}r[o]=n}return r[o]}(o);if(!e)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");e.appendChild(n)}},540(o){o.exports=function(o){var r=document.createElement("style");return o.setAttributes(r,o.attributes),o.insert(r,o.options),r}},56(o,r,n){o.exports=function(o){var r=n.nc;r&&o.setAttribute("nonce",r)}},206(o){o.exports=function(o){if("u"<typeof document)return{update:function(){},remove:function(){}};var r=o.insertStyleElement(o);return{update:function(n){var e,p,t;e="",n.supports&&(e+="@supports (".concat(n.supports,") {")),n.media&&(e+="@media ".concat(n.media," {")),(p=void 0!==n.layer)&&(e+="@layer".concat(n.layer.length>0?" ".concat(n.layer):""," {")),e+=n.css,p&&(e+="}"),n.media&&(e+="}"),n.supports&&(e+="}"),(t=n.sourceMap)&&"u">typeof btoa&&(e+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),o.styleTagTransform(e,r,o.options)},remove:function(){var o;null===(o=r).parentNode||o.parentNode.removeChild(o)}}}},113(o){o.exports=function(o,r){if(r.styleSheet)r.styleSheet.cssText=o;else{for(;r.firstChild;)r.removeChild(r.firstChild);r.appendChild(document.createTextNode(o))}}},959(o,r,n){var e=n(72),p=n.n(e),t=n(206),a=n.n(t),i=n(659),l=n.n(i),d=n(56),s=n.n(d),b=n(540),c=n.n(b),u=n(113),f=n.n(u),v=n(646),m={};m.styleTagTransform=f(),m.setAttributes=s(),m.insert=l().bind(null,"head"),m.domAPI=a(),m.insertStyleElement=c(),p()(v.A,m),v.A&&v.A.locals&&v.A.locals}}]);