// How Orpheum looks: a cinema before the film begins. One column, large targets, dark and light as the system has it.
export const orpheumCss = `
:root {
  color-scheme: light dark;
  --page: #faf6f0;
  --card: #ffffff;
  --ink: #241a16;
  --soft: #6a5a51;
  --line: #e3d8cb;
  --accent: #8a1f2d;
  --on-accent: #ffffff;
  --good: #1d5a34;
  --good-back: #e5f2e8;
  --bad: #8c1626;
  --bad-back: #fbe6e6;
  --note-back: #f3e9d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14100f;
    --card: #1e1816;
    --ink: #f4ece4;
    --soft: #b9a99d;
    --line: #3a2f2a;
    --accent: #e3b15f;
    --on-accent: #21160a;
    --good: #9fdab2;
    --good-back: #16291d;
    --bad: #ffb1b1;
    --bad-back: #3a1719;
    --note-back: #2c241a;
  }
}

*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  max-width: 60rem;
  margin: 0 auto;
  padding: 0 1.25rem 3rem;
  background: var(--page);
  color: var(--ink);
  font: 1.0625rem/1.55 -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif;
  overflow-wrap: break-word;
}
h1, h2, .mark, .poster b { font-family: ui-serif, 'Iowan Old Style', Georgia, 'Noto Serif', serif; font-weight: 600; }
h1 { margin: 1.5rem 0 .5rem; font-size: 2.1rem; line-height: 1.15; text-wrap: balance; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.3rem; }
p { margin: .5rem 0; max-width: 42rem; }
ol, ul { margin: 0; padding: 0; list-style: none; }
a { color: var(--accent); text-underline-offset: .15em; }
code, pre { font: .85em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'Noto Sans Mono', monospace; }
pre { margin: .5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .3rem; }
.soft, .lead span { color: var(--soft); }
.lead { font-size: 1.2rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; padding: .75rem; background: var(--card); }

header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; padding: .75rem 0; border-bottom: 1px solid var(--line); }
.mark { color: var(--ink); font-size: 1.5rem; text-decoration: none; }
.mark::before { content: ''; display: inline-block; width: .55em; height: .55em; margin-right: .4em; border-radius: 50%; background: var(--accent); }
nav { display: flex; gap: .25rem; margin-left: -.6rem; }
nav a { display: flex; align-items: center; min-height: 2.75rem; padding: 0 .6rem; color: var(--ink); text-decoration: none; }
nav a[aria-current] { font-weight: 600; box-shadow: inset 0 -3px var(--accent); }
.who { display: flex; align-items: center; gap: .5rem; min-height: 2.75rem; margin: 0 0 0 auto; }
.who span { max-width: 14rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.who a { display: inline-flex; align-items: center; min-height: 2.75rem; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .95rem; }
footer a { display: inline-block; padding: .4rem 0; }

button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: .5rem 1.25rem;
  border: 1px solid var(--accent); border-radius: .6rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer;
}
button.quiet { background: transparent; color: var(--accent); }
button.plain { padding: 0 .25rem; border: 0; background: none; color: var(--accent); font-weight: 400; text-decoration: underline; text-underline-offset: .15em; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0 0; }

.note { max-width: none; margin: 1.25rem 0 0; padding: .8rem 1rem; border-left: 4px solid var(--soft); border-radius: .4rem; background: var(--note-back); }
.note p { margin: 0; max-width: none; }
.note.good { border-color: var(--good); background: var(--good-back); }
.note.bad { border-color: var(--bad); background: var(--bad-back); }
.note ul { margin: .35rem 0 0; }
.note button { margin-top: .75rem; }
summary { width: fit-content; padding: .6rem 0 .2rem; cursor: pointer; color: var(--soft); }

.shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; }
.poster { display: flex; flex-direction: column; justify-content: space-between; gap: .5rem; height: 100%; min-height: 9rem; padding: .9rem; border-radius: .6rem; color: #fff; text-decoration: none; }
.poster b { font-size: 1.1rem; line-height: 1.2; }
.poster span { opacity: .9; font-size: .9rem; }
.poster:hover b { text-decoration: underline; }
.banner { margin: 1.25rem 0 0; max-width: none; padding: 2.6rem 1rem .8rem; border-radius: .6rem; color: #fff; }
.night { background: linear-gradient(160deg, #4a1e33, #1d1022); }
.smoke { background: linear-gradient(160deg, #4b4a4d, #1c1b1f); }
.amber { background: linear-gradient(160deg, #8a5312, #4a2408); }
.earth { background: linear-gradient(160deg, #5d5421, #2a2510); }
.violet { background: linear-gradient(160deg, #3d3a86, #191540); }
.rose { background: linear-gradient(160deg, #87303a, #3d0f1b); }

.rows { margin: 1rem 0 0; border-top: 1px solid var(--line); }
.rows li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; min-height: 4rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.rows .buttons { margin: 0; }
.chapters { max-width: 34rem; }
.rows b { margin-right: .4rem; }
.links li { padding: 0; }
.links a { display: flex; flex: 1; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1rem; min-height: 4rem; color: var(--ink); text-decoration: none; }
.links a span { color: var(--soft); }
.links a::after { content: '›'; color: var(--accent); font-size: 1.5rem; line-height: 1; }
.links a b { flex: 1; }

.sign-in, .card { max-width: 34rem; margin-top: 1.5rem; padding: .25rem 1.25rem 1.25rem; border: 1px solid var(--line); border-radius: .8rem; background: var(--card); }
.sign-in h2 { margin-top: 1rem; }
.card { padding-top: .5rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
label .soft { font-weight: 400; }
label.check { display: flex; gap: .75rem; align-items: center; min-height: 3rem; font-weight: 400; }
label.check input { flex: none; width: 1.5rem; height: 1.5rem; accent-color: var(--accent); }
select, input:not([type='checkbox'], [type='radio']) { width: 100%; min-height: 3rem; margin-top: .3rem; padding: 0 .75rem; border: 1px solid var(--soft); border-radius: .6rem; background: var(--page); color: var(--ink); font: inherit; }

input.code { max-width: 20rem; font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Noto Sans Mono', monospace; font-size: 1.25rem; letter-spacing: .08em; }
.ways { max-width: 34rem; }
.demo { max-width: 34rem; margin-top: 1.25rem; padding: .5rem 1rem 1rem; border: 1px dashed var(--soft); border-radius: .6rem; }
.demo > p:first-child { margin: 0; font-size: .9rem; }
.way p:not(:last-child) { color: var(--soft); }
.codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .25rem 1.5rem; max-width: 42rem; margin: 1.25rem 0; }
.codes code { font-size: 1.2rem; line-height: 2; white-space: nowrap; }

.card fieldset { margin: 0; padding: 0; border: 0; }
.card legend { margin: .5rem 0 .25rem; padding: 0; font-weight: 600; }
.card h2 { margin-top: .75rem; }
progress { display: block; width: 100%; height: .75rem; margin: .75rem 0; accent-color: var(--accent); }
.note .button { margin-top: .75rem; }
.payments li { min-height: 3rem; }

.switch fieldset { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; padding: 0; border: 0; }
.switch legend { margin-bottom: .4rem; padding: 0; font-weight: 600; }
.switch button { flex: 1 1 9.5rem; flex-direction: column; justify-content: flex-start; padding: .6rem .75rem; border-color: var(--soft); background: var(--card); color: var(--ink); font-weight: 400; line-height: 1.3; }
.switch button span { color: var(--soft); font-size: .9rem; }
.switch button[aria-pressed='true'] { border-color: var(--accent); box-shadow: inset 0 0 0 2px var(--accent); }
.switch button[aria-pressed='true'] b::before { content: '✓ '; }
.log { font-size: .95rem; }
.log li { display: grid; grid-template-columns: 5rem minmax(0, 1fr) auto; gap: 0 .75rem; align-items: baseline; padding: .55rem 0; border-bottom: 1px solid var(--line); }
.log time { color: var(--soft); font-variant-numeric: tabular-nums; }
.log code, .log small { grid-column: 2 / -1; color: var(--soft); }
.log small { font-size: .85rem; }
.fate { text-align: right; }
.fate.good { color: var(--good); }
.fate.bad { color: var(--bad); }

@media (max-width: 36rem) {
  body { padding: 0 1rem 2rem; }
  h1 { font-size: 1.75rem; }
  nav { order: 1; width: 100%; }
  .who span { max-width: 7rem; }
  .shelf { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .buttons form, .buttons button { flex: 1 1 auto; }
  .buttons button { width: 100%; }
  .rows .buttons { width: 100%; }
  .rows .buttons form { flex: 1; }
  .log li { grid-template-columns: 4.5rem minmax(0, 1fr); }
  .log code, .log small, .fate { grid-column: 2; text-align: left; }
}
`
