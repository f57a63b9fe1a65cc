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
h1, h2, h3, h4, p, ol, ul, pre, fieldset { margin: 0; padding: 0; border: 0; }
ol, ul { list-style: none; }
fieldset { min-width: 0; }
a { color: var(--link); }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft { color: var(--soft); }
.line { display: block; }
.number, time, .count { font-variant-numeric: tabular-nums; }
.country { padding: 0 5px; border: 1px solid var(--line); border-radius: 5px; font-size: 11px; letter-spacing: .04em; text-decoration: none; white-space: nowrap; cursor: help; }
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
.list li { position: relative; display: flex; align-items: center; }
.list li .row { flex: 1; min-width: 0; }
.list [type=checkbox] { flex: none; width: 20px; height: 20px; margin: 0 0 0 18px; accent-color: var(--accent); }
.beside { position: sticky; bottom: 16px; display: flex; gap: 12px; align-items: center; justify-content: end; padding: 10px 16px; border: 1px solid var(--line); border-radius: 16px; background: var(--card); }
.list form .beside { margin-top: 14px; }
.beside button { min-height: 40px; padding: 0 18px; border: 0; border-radius: 12px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
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
.list .row { grid-template-columns: 40px minmax(0, 5fr) minmax(0, 6fr) 84px 124px; }

/* The desk: the phones side by side, and what there is to know about them */

.bench { background: radial-gradient(70% 60% at 50% 50%, var(--glow), transparent 75%), var(--page); }
.desk { display: flex; height: 100vh; height: 100dvh; }
.desk main { display: flex; flex: 1; flex-direction: column; min-width: 0; outline: none; }
.deskbar { position: relative; z-index: 6; display: flex; flex: none; gap: 14px; align-items: center; min-height: 56px; padding: 8px 20px; }
.deskbar h1 { font-size: 17px; }
.deskbar .choose { margin-left: auto; }
.deskbar .pause { font-size: 13px; }
.back { display: flex; gap: 4px; align-items: center; min-width: 36px; height: 40px; margin-left: -6px; font-size: 14px; font-weight: 600; text-decoration: none; }
.chips { display: none; }
.row-of-phones { display: flex; flex: 1; gap: 24px; justify-content: safe center; min-height: 0; padding: 0 20px 20px; overflow-x: auto; scroll-snap-type: x proximity; }
.column { display: flex; flex: 0 1 392px; flex-direction: column; min-width: 280px; min-height: 0; scroll-snap-align: center; }
.column .device { flex: 1; min-height: 0; max-height: 812px; }
.one .row-of-phones { align-items: center; }
.one .column { display: grid; flex: 0 1 auto; grid-template-columns: minmax(300px, 392px) minmax(0, 300px); gap: 48px; align-items: center; width: 740px; height: 100%; max-height: 812px; }
.one .device { grid-column: 1; grid-row: 1; height: 100%; }
.one .panel { grid-column: 2; grid-row: 1; }

.side { display: flex; flex: 0 0 320px; flex-direction: column; gap: 12px; min-height: 0; padding: 22px 14px 14px; border-right: 1px solid var(--line); background: var(--card); }
.side .brand, .side search { margin: 0 6px; }
.side .found { flex: 1; min-height: 0; overflow-y: auto; }
.side .row, .sheet .row { grid-template-columns: 40px minmax(0, 1fr) auto; gap: 0 12px; padding: 9px 10px; border-radius: 14px; }
.side .row .avatar, .sheet .row .avatar { grid-row: span 2; }
.side .who, .sheet .who { grid-column: 2; grid-row: 1; flex-direction: row; gap: 6px; align-items: center; align-self: end; }
.side .who .number, .sheet .who .number { flex: none; font-size: 0; }
.side .when, .sheet .when { grid-column: 3; grid-row: 1; align-self: end; }
.side .last, .sheet .last { grid-column: 2; grid-row: 2; align-self: start; font-size: 13px; }
.side .marks, .sheet .marks { grid-column: 3; grid-row: 2; align-self: start; }
.side .tag, .sheet .tag { padding: 0 6px; font-size: 11px; }
.side .count, .sheet .count { min-width: 20px; padding: 0 6px; font-size: 12px; }
.side [aria-current] { background: var(--accent); color: var(--on-accent); }
.side [aria-current] .soft, .side [aria-current] .tag, .side [aria-current] .country { color: #ffffff; }
.side [aria-current] .avatar { box-shadow: 0 0 0 2px rgb(255 255 255 / 45%); }
.side [aria-current] .count { background: #ffffff; color: #43249f; }
.all { margin: 0 6px; font-size: 13px; }

.panel { position: relative; display: grid; flex: none; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 12px; align-items: center; }
.one .panel > .avatar { width: 56px; height: 56px; font-size: 20px; }
.panel h2 { overflow: hidden; font-size: 16px; line-height: 1.25; letter-spacing: -.01em; text-overflow: ellipsis; white-space: nowrap; }
.one .panel h2 { font-size: 22px; white-space: normal; }
.panel h3 { margin: 26px 0 10px; color: var(--soft); font-size: 12px; letter-spacing: .08em; text-transform: uppercase; }
.owner { min-width: 0; }
.owner .number { font-size: 13px; white-space: nowrap; }
.tools { display: flex; gap: 2px; }
.tool { display: inline-flex; gap: 8px; align-items: center; justify-content: center; min-width: 36px; height: 36px; padding: 0 8px; border-radius: 12px; color: var(--link); font-size: 14px; font-weight: 600; cursor: pointer; list-style: none; }
.tool::-webkit-details-marker { display: none; }
.tool:hover { background: var(--hover); }
.deskbar .tool { padding: 0 14px; border: 1px solid var(--line); background: var(--card); }
.switch, .about { grid-column: 1 / -1; }
.switch { margin: 10px 0 12px; }
.one .switch { margin-top: 20px; }
.switch fieldset { display: grid; grid-template-columns: 1fr 1.6fr 1fr; padding: 3px; border: 1px solid var(--line); border-radius: 13px; background: var(--card); }
.switch button { min-height: 32px; padding: 0 6px; border: 0; border-radius: 10px; background: none; font-size: 14px; white-space: nowrap; }
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

.sheet { position: absolute; top: calc(100% + 6px); right: 0; z-index: 7; display: flex; flex-direction: column; width: min(340px, 100%); max-height: min(560px, 70vh); padding: 10px; border: 1px solid var(--line); border-radius: 18px; background: var(--card); box-shadow: var(--shadow); }
.deskbar .sheet { right: 20px; width: 340px; }
.sheet .found { min-height: 0; margin-top: 8px; overflow-y: auto; }
.sheet .none { padding: 24px 12px; border: 0; }

/* The phone */

.device {
  position: relative;
  padding: 11px;
  border-radius: 54px;
  background: var(--frame);
  box-shadow: inset 0 0 0 2px var(--edge), inset 0 0 0 5px #09080c, var(--shadow);
}
.device::before, .device::after { position: absolute; width: 3px; border-radius: 2px; background: var(--edge); content: ''; }
.device::before { top: 150px; left: -3px; height: 52px; box-shadow: 0 66px 0 var(--edge); }
.device::after { top: 174px; right: -3px; height: 82px; }
.screen { position: relative; display: flex; flex-direction: column; height: 100%; border-radius: 43px; background: var(--screen); overflow: hidden; }

.status-bar { display: grid; flex: none; grid-template-columns: 1fr auto 1fr; align-items: center; padding: 12px 20px 6px; background: var(--bar); font-size: 15px; font-weight: 600; }
.island { width: 74px; height: 24px; border-radius: 12px; background: #09080c; }
.signals { display: flex; gap: 5px; align-items: center; justify-content: end; font-size: 12px; white-space: nowrap; }
.signals .icon { width: 19px; height: 19px; }
.signals .icon-battery { width: 24px; height: 24px; }
.notice { flex: none; padding: 8px 18px; border-bottom: 1px solid var(--line); background: var(--mark); font-size: 13px; text-align: center; }
.notice.bad { background: var(--bad-back); color: var(--bad); }
.lost { position: fixed; top: 12px; left: 50%; z-index: 9; max-width: calc(100vw - 24px); padding: 10px 20px; border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); translate: -50% 0; }
[hidden] { display: none !important; }
.lines { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; }

/* Locked: the hour, and what has arrived */

.locked .screen { background: linear-gradient(170deg, #241a55, #4b2a86 45%, #8a3a6e 80%, #a8503f); color: #ffffff; }
.locked .status-bar { background: none; }
.lock { display: flex; flex: 1; flex-direction: column; min-height: 0; padding: 14px 12px 16px; }
.hour { flex: none; margin-bottom: 20px; text-align: center; }
.hour b { display: block; font-size: 64px; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.02em; line-height: 1.1; }
.hour span { font-size: 15px; font-weight: 500; }
.notifications { display: flex; flex: 1; flex-direction: column; gap: 8px; min-height: 0; padding: 4px; overflow-y: auto; scrollbar-width: thin; }
.notification { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 10px; align-items: start; padding: 11px 13px; border-radius: 20px; background: var(--card); box-shadow: 0 6px 18px -8px rgb(0 0 0 / 55%); color: var(--ink); font-size: 14px; text-decoration: none; }
.notification:hover { background: var(--hover); }
.notification .avatar { width: 36px; height: 36px; }
.notification .from { display: flex; gap: 8px; align-items: baseline; }
.notification .from b { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.notification time, .others { color: var(--soft); font-size: 12px; }
.notification .lines { -webkit-line-clamp: 3; line-height: 1.35; }
.more { font-size: 13px; text-align: center; }
.lock > .open { display: flex; flex: none; flex-direction: column; align-items: center; margin: auto auto 0; padding: 8px 24px 6px; border-radius: 16px; color: #ffffff; font-size: 14px; font-weight: 600; text-decoration: none; }
.lock > .open:hover { background: rgb(255 255 255 / 15%); }
.locked :focus-visible { outline-color: #ffffff; }
.lock .hint { overflow-y: auto; padding: 0 6px; text-align: center; }
.hint pre { margin-top: 10px; color: var(--ink); }

/* The texts, by sender */

.inbox { flex: 1; min-height: 0; padding: 4px 8px; overflow-y: auto; background: var(--screen); }
.inbox h3 { padding: 6px 10px 8px; font-size: 26px; letter-spacing: -.02em; }
.inbox h3, .thread-top h3 { outline: none; }
.conversation { display: grid; grid-template-columns: 44px minmax(0, 1fr) auto; gap: 0 12px; padding: 10px; border-radius: 16px; color: inherit; text-decoration: none; }
.conversation:hover { background: var(--hover); }
.conversation .avatar { grid-row: span 2; width: 44px; height: 44px; font-size: 18px; }
.conversation b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.conversation time { color: var(--soft); font-size: 12px; }
.conversation .lines { grid-column: 2; font-size: 14px; line-height: 1.35; }
.conversation .count { grid-column: 3; grid-row: 2; align-self: start; }

/* A thread */

.open-thread { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.banner { position: relative; flex: none; padding: 2px 8px 8px; background: var(--bar); }
.banner .notification { padding-right: 44px; border: 1px solid var(--line); }
.banner .notification .lines { -webkit-line-clamp: 2; }
.banner button { position: absolute; top: 14px; right: 16px; display: grid; width: 30px; height: 30px; padding: 0; border: 0; border-radius: 50%; background: none; place-items: center; }
.banner button:hover { background: var(--hover); }
.banner button .icon { width: 16px; height: 16px; }
.thread-top { display: grid; flex: none; grid-template-columns: 56px 1fr 56px; align-items: center; justify-items: center; padding: 2px 8px 9px; border-bottom: 1px solid var(--line); background: var(--bar); line-height: 1.25; text-align: center; }
.thread-top a { display: flex; grid-row: span 2; align-items: center; justify-content: center; justify-self: start; min-width: 40px; height: 44px; text-decoration: none; }
.thread-top a .count { min-width: 20px; padding: 0 6px; font-size: 12px; }
.thread-top .avatar { grid-column: 2; width: 40px; height: 40px; margin-bottom: 4px; font-size: 18px; }
.thread-top h3 { grid-column: 2; font-size: 14px; font-weight: 600; }
.thread-top .soft { font-size: 12px; font-weight: 400; }

/* Reversed, so that the last text is in sight at first and stays there, without script. */
.thread { display: flex; flex: 1; flex-direction: column-reverse; min-height: 0; padding: 0 14px; overflow-y: auto; background: var(--screen); scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.thread:focus-visible { outline-offset: -3px; }
.talk { margin-bottom: auto; padding: 10px 0 14px; }
.day { margin: 8px 0; color: var(--soft); font-size: 12px; font-weight: 600; text-align: center; }
.text { display: flex; flex-direction: column; align-items: start; }
.text + .text { margin-top: 8px; }
.bubble { max-width: 88%; padding: 8px 13px 9px; border-radius: 19px 19px 19px 6px; background: var(--bubble); line-height: 1.38; text-wrap: pretty; white-space: pre-wrap; overflow-wrap: anywhere; }
.code { position: relative; padding: 0 5px; border: 0; border-radius: 6px; background: var(--mark); color: inherit; font-weight: 700; letter-spacing: .04em; font-variant-numeric: tabular-nums; user-select: text; }
.code:hover { box-shadow: 0 0 0 2px var(--accent); }
.code[data-copied]::after { position: absolute; bottom: calc(100% + 5px); left: 50%; z-index: 2; padding: 2px 9px; border-radius: 9px; background: var(--ink); color: var(--screen); font-size: 12px; letter-spacing: 0; white-space: nowrap; content: attr(data-copied); translate: -50% 0; }
@media (scripting: none) { .code { cursor: text; user-select: all; } }
.joint { position: relative; margin: 0 1px; border-inline-start: 2px dotted var(--soft); }
.joint::before { padding-inline-start: 2px; color: var(--soft); font-size: 9px; vertical-align: super; content: attr(data-part); }
.bound { display: block; margin-top: 6px; color: var(--soft); font-size: 12px; }
.meta { display: flex; flex-wrap: wrap; gap: 0 10px; padding: 3px 13px 0; color: var(--soft); font-size: 12px; }
.meta summary { color: var(--link); cursor: pointer; }
.meta details[open] { flex-basis: 100%; }
.meta ol { margin: 4px 0 6px; }
.meta li { margin-top: 4px; padding: 6px 10px; border: 1px dashed var(--soft); border-radius: 10px; color: var(--ink); font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
.part { display: block; color: var(--soft); font-size: 11px; font-weight: 600; }
.text.own { align-items: end; }
.own .bubble { border-radius: 19px 19px 6px 19px; background: var(--accent); color: var(--on-accent); }
.new { animation: arrive .45s cubic-bezier(.2, .9, .3, 1.2) both; }
@keyframes arrive { from { opacity: 0; translate: 0 14px; scale: .94; } }
@media (prefers-reduced-motion: reduce) { .new { animation: none; } }
.empty { padding: 26px 4px 0; color: var(--soft); text-align: center; }
.empty h4 { margin: 0 0 6px; color: var(--ink); font-size: 18px; }

.compose { flex: none; padding: 9px 12px 4px; border-top: 1px solid var(--line); background: var(--bar); }
.mute { padding: 14px; font-size: 13px; text-align: center; }
.write { position: relative; }
.write input { width: 100%; height: 42px; padding: 0 48px 0 16px; border: 1px solid var(--line); border-radius: 21px; background: var(--screen); font-size: 16px; }
.send { position: absolute; top: 4px; right: 4px; display: grid; width: 34px; height: 34px; padding: 0; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); place-items: center; }
.compose[aria-busy] .send { opacity: .5; }
.compose { container-type: inline-size; }
.quick { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; margin-top: 8px; }
@container (min-width: 320px) { .quick { grid-template-columns: repeat(6, auto); } }
.quick button { min-height: 30px; padding: 0 7px; border: 1px solid var(--line); border-radius: 15px; background: var(--screen); color: var(--link); font-size: 12px; font-weight: 600; }
.quick button:hover { background: var(--hover); }
.home { display: grid; flex: none; height: 24px; background: var(--bar); place-items: center; }
.home span { width: 116px; height: 5px; border-radius: 3px; background: var(--ink); }
.inbox + .home { background: var(--screen); }

.off .screen, .off .status-bar { background: #050409; color: #f3f1f9; }
.off .status-bar > :not(.island) { visibility: hidden; }
.dark { display: flex; flex: 1; flex-direction: column; gap: 6px; align-items: center; justify-content: center; padding: 0 40px; color: #b5b0c4; text-align: center; }
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
}
@media (max-width: 1279px) {
  .many .side { display: none; }
}
@media (max-width: 1399px) {
  .of-4 .row-of-phones { gap: 14px; padding: 0 12px 16px; }
  .of-4 .column { min-width: 270px; }
}

@media (max-width: 760px) {
  .list main { padding: 24px 14px 40px; }
  .top h1 { font-size: 28px; }
  .top search { flex: 1 1 100%; }
  .list [type=checkbox] { margin-left: 14px; }
  .beside { bottom: 8px; padding: 8px 12px; font-size: 14px; }
  .list .row { grid-template-columns: 40px minmax(0, 1fr) auto; padding: 12px 14px; }
  .list .row .avatar { grid-row: span 2; }
  .list .who { grid-column: 2; grid-row: 1; }
  .list .when { grid-column: 3; grid-row: 1; align-self: start; }
  .list .last { grid-column: 2; grid-row: 2; font-size: 14px; }
  .list .marks { grid-column: 3; grid-row: 2; }

  .deskbar { gap: 8px; min-height: 48px; padding: 4px 10px; border-bottom: 1px solid var(--line); background: var(--card); }
  .back { margin-left: 2px; }
  .back span { display: none; }
  .deskbar h1 { flex: none; font-size: 15px; }
  .deskbar .choose .tool { padding: 0 8px; }
  .many .deskbar .choose .tool span { display: none; }
  .deskbar .sheet, .sheet { right: 8px; left: 8px; width: auto; }
  .chips { display: flex; flex: 1; gap: 6px; min-width: 0; overflow-x: auto; scrollbar-width: none; }
  .chips a { flex: none; max-width: 110px; padding: 5px 10px; border: 1px solid var(--line); border-radius: 14px; overflow: hidden; font-size: 13px; text-decoration: none; text-overflow: ellipsis; white-space: nowrap; }
  .many h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  .row-of-phones { gap: 0; justify-content: start; padding: 0; scroll-snap-type: x mandatory; }
  .column, .one .column { display: flex; flex: 0 0 100%; gap: 0; width: 100%; min-width: 0; height: 100%; max-height: none; }
  .column { scroll-snap-stop: always; }
  .one .column { align-items: stretch; }
  .about { display: none; }
  .panel { gap: 0 10px; order: -1; padding: 6px 10px; border-bottom: 1px solid var(--line); background: var(--card); }
  .one .panel > .avatar { width: 40px; height: 40px; font-size: 15px; }
  .one .panel h2 { font-size: 16px; white-space: nowrap; }
  .switch, .one .switch { margin: 6px 0 0; }
  .switch fieldset { background: var(--page); }
  .column .device { height: auto; max-height: none; padding: 0; border-radius: 0; background: none; box-shadow: none; }
  .device::before, .device::after, .island { display: none; }
  .screen { border-radius: 0; }
  .status-bar { grid-template-columns: 1fr 1fr; padding: 6px 16px 2px; font-size: 13px; }
  .thread-top { grid-template-columns: auto auto 1fr; gap: 0 10px; justify-items: start; padding: 2px 10px 7px; text-align: left; }
  .thread-top a { grid-row: auto; }
  .thread-top .avatar { grid-column: 2; width: 34px; height: 34px; margin: 0; font-size: 15px; }
  .thread-top h3 { grid-column: 3; }
}
`
