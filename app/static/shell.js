// Starts what every page has. Pages add their own modules after it.

import * as dialogs from "./dialogs.js";
import * as findMenu from "./find_menu.js";
import * as liveChip from "./live_chip.js";
import * as look from "./look.js";
import * as palette from "./palette.js";
import * as smallActions from "./small_actions.js";
import * as shortcuts from "./shortcuts.js";
import * as time from "./time.js";
import * as toast from "./toast.js";

for (const part of [look, toast, dialogs, shortcuts, palette, liveChip, time, findMenu, smallActions]) part.start();

// On a phone the tabs of a page run off its edge: the one that is open must be in sight.
document.querySelector(".view-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
