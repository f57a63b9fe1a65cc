// How the demo's phones look: a desk with one phone on it at wide widths, the phone alone on a small screen.
export const phoneCss = `
:root {
  color-scheme: light dark;
  --page: #f1eff6;
  --glow: #ded5ff;
  --card: #ffffff;
  --screen: #ffffff;
  --bar: #faf9fc;
  --ink: #17141f;
  --soft: #5b5769;
  --line: #e0dce9;
  --hover: #f3f0fa;
  --accent: #5a35e0;
  --on-accent: #ffffff;
  --link: #4a27c4;
  --bubble: #ebe8f2;
  --mark: #d9cdff;
  --bad: #a3122f;
  --bad-back: #fde8ec;
  --frame: #1b1922;
  --edge: #4b4758;
  --shadow: 0 40px 80px -30px rgb(34 16 94 / 45%), 0 12px 28px -12px rgb(34 16 94 / 30%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e0c14;
    --glow: #2a1d5c;
    --card: #181522;
    --screen: #0a090e;
    --bar: #131119;
    --ink: #f3f1f9;
    --soft: #aaa5bb;
    --line: #2b2738;
    --hover: #221e30;
    --accent: #6b48f0;
    --link: #bba9ff;
    --bubble: #252230;
    --mark: #4a3596;
    --bad: #ff9fb0;
    --bad-back: #3b1420;
    --frame: #24212d;
    --edge: #5d586d;
    --shadow: 0 40px 90px -30px rgb(0 0 0 / 90%);
  }
}

*, ::before, ::after { box-sizing: border-box; }
html { height: 100%; -webkit-text-size-adjust: 100%; }
body {
  min-height: 100%;
  margin: 0;
  background: var(--page);
  color: var(--ink);
  font: 15px/1.45 -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif;
}
h1, h2, p, ol, ul, pre, fieldset { margin: 0; padding: 0; border: 0; }
ol, ul { list-style: none; }
fieldset { min-width: 0; }
a { color: var(--link); }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft { color: var(--soft); }
.line { display: block; }
.number, time, .count { font-variant-numeric: tabular-nums; }
.country { white-space: nowrap; }
.unseen, .skip:not(:focus) {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  padding: 0;
  border: 0;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.skip:focus { position: fixed; top: 8px; left: 8px; z-index: 9; padding: 8px 14px; border-radius: 10px; background: var(--card); }
.icon { width: 20px; height: 20px; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.icon .full { fill: currentcolor; stroke: none; }
.icon .faint { opacity: .35; }
.brand { color: var(--link); font-size: 13px; font-weight: 700; letter-spacing: .08em; text-transform: uppercase; }
pre {
  padding: 10px 12px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--bar);
  font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
  text-align: left;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.avatar {
  display: inline-flex;
  flex: none;
  align-items: center;
  justify-content: center;
  width: 40px;
  height: 40px;
  border-radius: 50%;
  background: var(--accent);
  color: #ffffff;
  font-size: 15px;
  font-weight: 600;
  line-height: 1;
}
.avatar .icon { width: 58%; height: 58%; }
.avatar.security { background: #0f6b5c; }
.tone-0 { background: #0e7490; }
.tone-1 { background: #2563c4; }
.tone-2 { background: #b3276b; }
.tone-3 { background: #a34a08; }
.tone-4 { background: #1d7044; }
.tone-5 { background: #4b5a78; }

.search { position: relative; }
.search .icon { position: absolute; top: 50%; left: 12px; width: 18px; height: 18px; translate: 0 -50%; color: var(--soft); }
.search input {
  width: 100%;
  height: 40px;
  padding: 0 14px 0 38px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--card);
}
::placeholder { color: var(--soft); opacity: 1; }

/* The list of handsets */

.list main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 64px; }
.top { display: flex; flex-wrap: wrap; gap: 20px 40px; align-items: end; justify-content: space-between; margin-bottom: 24px; }
.top h1 { margin: 2px 0 4px; font-size: 32px; line-height: 1.15; letter-spacing: -.02em; }
.top search { flex: 0 1 320px; }
.list .rows { border: 1px solid var(--line); border-radius: 18px; background: var(--card); overflow: hidden; }
.list li + li { border-top: 1px solid var(--line); }
.none { padding: 56px 24px; border: 1px dashed var(--line); border-radius: 18px; text-align: center; }
.none p + p { margin-top: 8px; }

.row { display: grid; gap: 2px 14px; align-items: center; padding: 12px 18px; color: inherit; text-decoration: none; }
.row:hover { background: var(--hover); }
.row:focus-visible { outline-offset: -3px; }
.row b { font-weight: 600; }
.who { display: flex; flex-direction: column; min-width: 0; }
.who .number { font-size: 13px; }
.row b, .last { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.when { font-size: 13px; text-align: right; white-space: nowrap; }
.marks { display: flex; gap: 6px; justify-content: end; }
.count { min-width: 24px; padding: 1px 8px; border-radius: 12px; background: var(--accent); color: var(--on-accent); font-size: 13px; font-weight: 600; text-align: center; }
.tag { padding: 1px 8px; border: 1px solid var(--line); border-radius: 12px; color: var(--soft); font-size: 12px; white-space: nowrap; }
.country::before { content: '· '; }
.list .row { grid-template-columns: 40px minmax(0, 5fr) minmax(0, 6fr) 84px 124px; }

/* One handset: the others, the phone, and what there is to know about it */

@media (min-width: 701px) {
  .bench { display: flex; height: 100%; background: radial-gradient(70% 60% at 42% 50%, var(--glow), transparent 75%), var(--page); }
  .bench main { display: grid; flex: 1; grid-template-columns: auto minmax(0, 300px); gap: 56px; align-items: center; justify-content: center; min-width: 0; height: 100vh; padding: 0 32px; }
  .device { grid-column: 1; grid-row: 1; }
  .panel { grid-column: 2; grid-row: 1; }
}
.side { display: flex; flex: 0 0 320px; flex-direction: column; gap: 12px; height: 100vh; padding: 22px 14px 14px; border-right: 1px solid var(--line); background: var(--card); }
.side .brand, .side .search { margin: 0 6px; }
.side .rows { flex: 1; min-height: 0; overflow-y: auto; }
.side .row { grid-template-columns: 40px minmax(0, 1fr) auto; gap: 0 12px; padding: 9px 10px; border-radius: 14px; }
.side .row .avatar { grid-row: span 2; }
.side .who .number { display: none; }
.side .who { grid-column: 2; grid-row: 1; align-self: end; }
.side .when { grid-column: 3; grid-row: 1; align-self: end; }
.side .last { grid-column: 2; grid-row: 2; align-self: start; font-size: 13px; }
.side .marks { grid-column: 3; grid-row: 2; align-self: start; }
.side .tag { padding: 0 6px; font-size: 11px; }
.side .count { min-width: 20px; padding: 0 6px; font-size: 12px; }
.side [aria-current] { background: var(--accent); color: var(--on-accent); }
.side [aria-current] .soft, .side [aria-current] .tag { color: #ffffff; }
.side [aria-current] .avatar { box-shadow: 0 0 0 2px rgb(255 255 255 / 45%); }
.side [aria-current] .count { background: #ffffff; color: #43249f; }
.all { margin: 0 6px; font-size: 13px; }

.panel { display: grid; grid-template-columns: auto 1fr; gap: 0 14px; align-items: center; }
.panel > .avatar { width: 56px; height: 56px; font-size: 20px; }
.panel .back { display: none; }
.panel h1 { font-size: 22px; line-height: 1.2; letter-spacing: -.01em; }
.panel h2 { margin: 26px 0 10px; color: var(--soft); font-size: 12px; letter-spacing: .08em; text-transform: uppercase; }
.owner .number { font-size: 14px; }
.owner .country { display: block; }
.owner .country::before { content: none; }
.switch, .about { grid-column: 1 / -1; }
.switch { margin: 20px 0 12px; }
.switch fieldset { display: grid; grid-template-columns: 1fr 1.6fr 1fr; padding: 3px; border: 1px solid var(--line); border-radius: 13px; background: var(--card); }
.switch button { min-height: 36px; padding: 0 8px; border: 0; border-radius: 10px; background: none; font-size: 14px; white-space: nowrap; }
.switch button:hover { background: var(--hover); }
.switch [aria-pressed=true] { background: var(--accent); color: var(--on-accent); font-weight: 600; }
.switch [aria-pressed=true]:hover { background: var(--accent); }
.senders li { display: flex; gap: 12px; align-items: center; }
.senders li + li { margin-top: 12px; }
.senders .avatar { width: 36px; height: 36px; }
.senders .line { font-size: 13px; }
.how { margin-top: 26px; font-size: 14px; }
.how summary { color: var(--link); cursor: pointer; }
.how pre { margin-top: 10px; }

/* The phone */

.device {
  position: relative;
  width: 392px;
  height: min(812px, 100vh - 40px);
  padding: 11px;
  border-radius: 58px;
  background: var(--frame);
  box-shadow: inset 0 0 0 2px var(--edge), inset 0 0 0 5px #09080c, var(--shadow);
}
.device::before, .device::after { position: absolute; width: 3px; border-radius: 2px; background: var(--edge); content: ''; }
.device::before { top: 160px; left: -3px; height: 52px; box-shadow: 0 66px 0 var(--edge); }
.device::after { top: 184px; right: -3px; height: 82px; }
.screen { position: relative; display: flex; flex-direction: column; height: 100%; border-radius: 47px; background: var(--screen); overflow: hidden; }

.status-bar { display: grid; flex: none; grid-template-columns: 1fr auto 1fr; align-items: center; padding: 12px 26px 6px; background: var(--bar); font-size: 15px; font-weight: 600; }
.island { width: 104px; height: 28px; border-radius: 14px; background: #09080c; }
.signals { display: flex; gap: 5px; align-items: center; justify-content: end; font-size: 12px; white-space: nowrap; }
.signals .icon { width: 19px; height: 19px; }
.signals .icon-battery { width: 24px; height: 24px; }

.thread-top { display: grid; flex: none; grid-template-columns: 40px 1fr 40px; align-items: center; justify-items: center; padding: 2px 10px 9px; border-bottom: 1px solid var(--line); background: var(--bar); line-height: 1.25; text-align: center; }
.thread-top a { display: grid; grid-row: span 2; width: 40px; height: 44px; place-items: center; }
.thread-top .avatar { grid-column: 2; width: 42px; height: 42px; margin-bottom: 4px; font-size: 18px; }
.thread-top p { grid-column: 2; font-size: 14px; }
.thread-top .soft { font-size: 12px; }
.notice { flex: none; padding: 8px 18px; border-bottom: 1px solid var(--line); background: var(--mark); font-size: 13px; text-align: center; }
.notice.bad { background: var(--bad-back); color: var(--bad); }
[hidden] { display: none !important; }

/* Reversed, so that the last text is in sight at first and stays there, without script. */
.thread { display: flex; flex: 1; flex-direction: column-reverse; min-height: 0; padding: 0 14px; overflow-y: auto; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.thread:focus-visible { outline-offset: -3px; }
.talk { margin-bottom: auto; padding: 10px 0 14px; }
.day { margin: 8px 0; color: var(--soft); font-size: 12px; font-weight: 600; text-align: center; }
.group { margin-top: 14px; }
.group h2 { display: flex; gap: 7px; align-items: center; margin: 0 0 5px; font-size: 13px; font-weight: 600; }
.group h2 .soft { font-weight: 400; }
.group h2 .avatar { width: 22px; height: 22px; font-size: 11px; }
.text { display: flex; flex-direction: column; align-items: start; }
.text + .text { margin-top: 6px; }
.bubble { max-width: 86%; padding: 8px 13px 9px; border-radius: 19px 19px 19px 6px; background: var(--bubble); line-height: 1.38; text-wrap: pretty; white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble mark { padding: 0 4px; border-radius: 6px; background: var(--mark); color: inherit; font-weight: 700; letter-spacing: .04em; font-variant-numeric: tabular-nums; user-select: all; }
.bound { display: block; margin-top: 6px; color: var(--soft); font-size: 12px; }
.meta { display: flex; flex-wrap: wrap; gap: 0 10px; padding: 3px 13px 0; color: var(--soft); font-size: 12px; }
.meta summary { color: var(--link); cursor: pointer; }
.meta details[open] { flex-basis: 100%; }
.meta ol { margin: 4px 0 6px; counter-reset: part; }
.meta li { margin-top: 4px; padding: 6px 10px; border: 1px dashed var(--soft); border-radius: 10px; color: var(--ink); font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; counter-increment: part; }
.meta li::before { margin-inline-end: 6px; color: var(--soft); font-weight: 600; content: counter(part); }
.own .text { align-items: end; }
.own .bubble { border-radius: 19px 19px 6px 19px; background: var(--accent); color: var(--on-accent); }
.new { animation: arrive .45s cubic-bezier(.2, .9, .3, 1.2) both; }
@keyframes arrive { from { opacity: 0; translate: 0 14px; scale: .94; } }
@media (prefers-reduced-motion: reduce) { .new { animation: none; } }
.empty { padding: 26px 4px 0; color: var(--soft); text-align: center; }
.empty h2 { margin-bottom: 6px; color: var(--ink); font-size: 18px; }
.empty pre { margin-top: 12px; color: var(--ink); }

.compose { flex: none; padding: 7px 12px 6px; border-top: 1px solid var(--line); background: var(--bar); }
.compose noscript p { padding-bottom: 4px; font-size: 13px; text-align: center; }
.to { display: flex; gap: 6px; align-items: center; padding: 0 8px; color: var(--soft); font-size: 13px; }
.to select { flex: 1; min-width: 0; height: 26px; border: 0; border-radius: 8px; background: var(--bar); color: var(--ink); }
.write { position: relative; margin-top: 4px; }
.write input { width: 100%; height: 42px; padding: 0 48px 0 16px; border: 1px solid var(--line); border-radius: 21px; background: var(--screen); font-size: 16px; }
.send { position: absolute; top: 4px; right: 4px; display: grid; width: 34px; height: 34px; padding: 0; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); place-items: center; }
.quick { display: flex; gap: 6px; margin-top: 8px; }
.quick button { flex: 1 1 auto; min-height: 32px; padding: 0 6px; border: 1px solid var(--line); border-radius: 16px; background: var(--screen); color: var(--link); font-size: 13px; font-weight: 600; }
.quick button:hover { background: var(--hover); }
.home { flex: none; align-self: center; width: 124px; height: 5px; margin: 6px 0 9px; border-radius: 3px; background: var(--ink); }
.screen:has(.compose) { background: linear-gradient(var(--screen) 60%, var(--bar) 60%); }
.thread { background: var(--screen); }

.off .screen, .off .status-bar { background: #050409; color: #f3f1f9; }
.off .status-bar > :not(.island), .off .home { visibility: hidden; }
.dark { display: flex; flex: 1; flex-direction: column; gap: 6px; align-items: center; justify-content: center; padding: 0 56px; color: #b5b0c4; text-align: center; }
.dark b { color: #f3f1f9; font-size: 17px; }
.dark .icon { width: 44px; height: 44px; margin-bottom: 8px; }

/* Nothing to show */

.alone main { max-width: 560px; margin: 0 auto; padding: 18vh 24px 40px; }
.alone .icon { width: 56px; height: 56px; color: var(--link); }
.alone h1 { margin: 8px 0 12px; font-size: 28px; line-height: 1.2; letter-spacing: -.02em; }
.alone p + p { margin-top: 10px; }
.alone code { padding: 1px 6px; border-radius: 6px; background: var(--card); font-size: 14px; overflow-wrap: anywhere; }

@media (max-width: 1099px) {
  .side { display: none; }
  .bench main { gap: 40px; }
}

@media (max-width: 700px) {
  .list main { padding: 24px 14px 40px; }
  .top h1 { font-size: 28px; }
  .top search { flex: 1 1 100%; }
  .list .row { grid-template-columns: 40px minmax(0, 1fr) auto; padding: 12px 14px; }
  .list .row .avatar { grid-row: span 2; }
  .list .who { grid-column: 2; grid-row: 1; }
  .list .when { grid-column: 3; grid-row: 1; align-self: start; }
  .list .last { grid-column: 2; grid-row: 2; font-size: 14px; }
  .list .marks { grid-column: 3; grid-row: 2; }

  .about, .panel > .avatar { display: none; }
  .bench main { display: flex; gap: 0; flex-direction: column; height: 100vh; height: 100dvh; }
  .panel { flex: none; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 10px; padding: 8px 10px; border-bottom: 1px solid var(--line); background: var(--card); }
  .panel .back { display: grid; width: 36px; height: 44px; place-items: center; }
  .panel h1 { font-size: 15px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .owner { min-width: 0; line-height: 1.3; }
  .owner .country { display: inline; }
  .owner .country::before { content: '· '; }
  .owner .number { font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .switch { grid-column: auto; margin: 0; }
  .switch fieldset { grid-template-columns: auto auto auto; border-radius: 12px; background: var(--page); }
  .switch button { padding: 0 8px; font-size: 12px; }
  .device { flex: 1; width: auto; height: auto; min-height: 0; padding: 0; border-radius: 0; background: none; box-shadow: none; }
  .device::before, .device::after, .island, .home, .thread-top a { display: none; }
  .screen { border-radius: 0; }
  .status-bar { grid-template-columns: 1fr 1fr; padding: 6px 16px 2px; font-size: 13px; }
  .thread-top { grid-template-columns: auto 1fr; gap: 0 10px; justify-items: start; padding: 2px 16px 7px; text-align: left; }
  .thread-top .avatar { grid-column: 1; width: 34px; height: 34px; margin: 0; font-size: 15px; }
  .compose { padding-bottom: 10px; }
}
`
