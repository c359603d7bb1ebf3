// Words that every part of the page uses.

import { learn } from "./words.js";

learn({
  en: {
    skip: "Skip to the content", pages: "Pages", docs: "Docs", health: "Health",
    copy: "Copy", copied: "Copied", loading: "Loading…", close: "Close", cancel: "Cancel", save: "Save", remove: "Delete",
    colours: "Colours", system: "System", light: "Light", dark: "Dark", otherLanguage: "中文",
    failed: "That did not work:", offline: "The gateway cannot be reached.", code: "Code", table: "Table",
  },
  zh: {
    skip: "跳到正文", pages: "页面", docs: "文档", health: "状态",
    copy: "复制", copied: "已复制", loading: "加载中…", close: "关闭", cancel: "取消", save: "保存", remove: "删除",
    colours: "配色", system: "跟随系统", light: "浅色", dark: "深色", otherLanguage: "English",
    failed: "操作失败：", offline: "无法连接网关。", code: "代码", table: "表格",
  },
});
