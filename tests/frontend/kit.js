// The shared modules, put where a test reaches them.
import "../../ocigenai_nb/notebook/js/src/theme.css";
import "../../ocigenai_nb/notebook/js/src/markdown.css";
import "../../ocigenai_nb/notebook/js/src/json_tree.css";
import "../../ocigenai_nb/notebook/js/src/virtual_list.css";
import * as channel from "../../ocigenai_nb/notebook/js/src/channel.js";
import * as clean from "../../ocigenai_nb/notebook/js/src/clean.js";
import * as dom from "../../ocigenai_nb/notebook/js/src/dom.js";
import * as jsonTree from "../../ocigenai_nb/notebook/js/src/json_tree.js";
import * as markdown from "../../ocigenai_nb/notebook/js/src/markdown.js";
import * as strings from "../../ocigenai_nb/notebook/js/src/strings.js";
import * as timing from "../../ocigenai_nb/notebook/js/src/timing.js";
import * as virtualList from "../../ocigenai_nb/notebook/js/src/virtual_list.js";

window.kit = { ...channel, ...clean, ...dom, ...jsonTree, ...markdown, ...strings, ...timing, ...virtualList };
