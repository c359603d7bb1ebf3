// The words of the keys.

import { learn } from "../core/words.js";

learn({
  en: {
    keysTitle: "Keys", keysLead: "A key for each person and each program: with what it opens, how much it may ask for, and an end. One that got lost is ended alone.", keysNew: "New key", keysNone: "No key has been issued. The first one closes the gateway: from then on everybody needs a key.", keysShowEnded: "Show those that ended", keysUnlimited: "no limits", keysNever: "never", keysNoEnd: "no end", keysUnread: "The keys could not be read: {why}",
    kName: "Name", kState: "State", kLeft: "What is left", kUsed: "Last used", kActions: "Actions", kAdmin: "admin", kActive: "active", kExpires: "until {when}", kExpired: "expired {when}", kRevoked: "revoked {when}",
    kEdit: "Edit {name}", kRotate: "Give {name} a new text", kRevoke: "Revoke {name}", kUsage: "Usage of {name}",
    limRequests_per_minute: "Requests a minute", limTokens_per_minute: "Tokens a minute", limTokens_per_day: "Tokens a day", limTokens_per_month: "Tokens a month", limConcurrency: "Answers at a time", limLeft: "{left} of {limit}", limResets: "full again {when}",
    formNew: "New key", formEdit: "Change a key", formName: "Name", formNote: "Note", formAdmin: "An admin’s: opens the dashboard and the keys, too", formExpires: "Ends", formKeep: "as it is ({when})", form1d: "in a day", form7d: "in 7 days", form30d: "in 30 days", form90d: "in 90 days", form365d: "in a year", formOn: "on a day of your choice", formDay: "The last day",
    formModels: "Models", formDialects: "Dialects", formUpstreams: "Upstreams", formAll: "None chosen opens all.", formMore: "More {what}, with commas", formMoreHint: "DeepSeek-*, gpt-*", formAllowance: "Limits", formUnlimited: "unlimited", formIssue: "Issue", formFirst: "This is the first key. From now on the gateway asks everybody for one, so let it be an admin’s: this page signs in with it.",
    issuedTitle: "The key", issuedOnce: "This is the only time it is shown. The gateway keeps no copy.", issuedOld: "The old text has ended.", issuedClient: "Set up a client with it", issuedTry: "Try it", issuedDone: "I have kept it",
    askRevoke: "Revoke this key?", askRevokeLead: "“{name}” opens nothing any more, for good. Answers under way come to their end.", askRotate: "A new text for this key?", askRotateLead: "“{name}” stays what it is, with a new text. The old one ends at this moment.", askYesRevoke: "Revoke", askYesRotate: "New text",
    usageTitle: "Usage of a key", usageOf: "“{name}”, the last 30 days", usageLimits: "Limits", usageTotals: "Requests {requests} · failed {errors} · tokens {tokens} · cost {cost}",
  },
  zh: {
    keysTitle: "密钥", keysLead: "为每个人、每个程序各发一把密钥：限定可用范围、用量与期限。丢失时只需作废那一把。", keysNew: "新建密钥", keysNone: "尚未签发密钥。签发第一把后网关即关闭：此后所有人都需要密钥。", keysShowEnded: "显示已失效的密钥", keysUnlimited: "不限", keysNever: "从未", keysNoEnd: "长期有效", keysUnread: "无法读取密钥：{why}",
    kName: "名称", kState: "状态", kLeft: "剩余额度", kUsed: "最近使用", kActions: "操作", kAdmin: "管理员", kActive: "有效", kExpires: "有效至 {when}", kExpired: "已于{when}过期", kRevoked: "已于{when}作废",
    kEdit: "编辑 {name}", kRotate: "更换 {name} 的密文", kRevoke: "作废 {name}", kUsage: "{name} 的用量",
    limRequests_per_minute: "每分钟请求", limTokens_per_minute: "每分钟词元", limTokens_per_day: "每日词元", limTokens_per_month: "每月词元", limConcurrency: "同时答复数", limLeft: "{left} / {limit}", limResets: "{when}恢复",
    formNew: "新建密钥", formEdit: "修改密钥", formName: "名称", formNote: "备注", formAdmin: "管理员密钥：可打开仪表盘与密钥管理", formExpires: "到期", formKeep: "保持不变（{when}）", form1d: "一天后", form7d: "7 天后", form30d: "30 天后", form90d: "90 天后", form365d: "一年后", formOn: "指定日期", formDay: "最后一天",
    formModels: "模型", formDialects: "协议", formUpstreams: "上游", formAll: "不选即全部可用。", formMore: "更多{what}，以逗号分隔", formMoreHint: "DeepSeek-*, gpt-*", formAllowance: "限额", formUnlimited: "不限", formIssue: "签发", formFirst: "这是第一把密钥。此后网关要求所有人出示密钥，因此请将其设为管理员密钥：本页会用它登录。",
    issuedTitle: "密钥", issuedOnce: "仅显示这一次，网关不保存副本。", issuedOld: "旧密文已失效。", issuedClient: "用它接入客户端", issuedTry: "试一试", issuedDone: "我已保存",
    askRevoke: "作废此密钥？", askRevokeLead: "“{name}”将永久失效。正在进行的答复会正常结束。", askRotate: "更换此密钥的密文？", askRotateLead: "“{name}”保持不变，仅更换密文。旧密文立即失效。", askYesRevoke: "作废", askYesRotate: "更换",
    usageTitle: "密钥用量", usageOf: "“{name}”，最近 30 天", usageLimits: "限额", usageTotals: "请求 {requests} · 失败 {errors} · 词元 {tokens} · 费用 {cost}",
  },
});
