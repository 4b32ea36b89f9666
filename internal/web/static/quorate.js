// Keeps the page current. Without scripts every page is complete; it just needs a reload.
//
// Each recorded event, and a quarter of a minute without one, has the page's own address fetched again, and what differs
// put in place: focus, scrolling, open details and what was typed stay. For other modules of the page:
//   [data-keep]         an element that is never touched by the refresh
//   "quorate:event"     on document, for each recorded event; detail is the event
//   "quorate:refreshed" on document, after each refresh
import { setClock, tick } from "./clock.js";
import "./keys.js";
import { start } from "./leader.js";
import { idle } from "./refresh.js";
import "./search.js";
import "./theme.js";

setClock();
tick();
setInterval(tick, 1000);
setInterval(idle, 5000);
start();
