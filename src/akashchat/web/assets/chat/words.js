// The words of the conversations.

import { learn } from "../core/words.js";

learn({
  en: {
    newChat: "New chat", conversations: "Conversations", noConversations: "Conversations are kept in this browser, and nowhere else.", forgetTitle: "Delete this conversation?", forgetLead: "It cannot be brought back.", forgetOne: "Delete “{title}”",
    model: "Model", chooseModel: "Choose a model", contextOf: "{tokens} context", draws: "draws", aliasOf: "stands for {model}", noModels: "No model is on offer at the moment.", stale: "Akash cannot be reached; this list is from before.", retry: "Try again",
    ask: "Ask anything", askLabel: "Your message", send: "Send", stop: "Stop", attach: "Add pictures or files", dropHere: "Drop pictures and files here", removeFile: "Remove {name}", tooLarge: "{name} is too large: {limit} MB are the most.",
    hello: "What would you like to know?", helloLead: "Open models on Akash answer. What you write goes to them through this gateway, and stays in this browser besides.",
    ideaOne: "Explain why the sky is blue, with the formula", ideaTwo: "Write a Python function that finds primes, and test it", ideaThree: "Compare three sorting algorithms in a table", ideaFour: "Help me plan a weekend in the mountains",
    you: "You", answerOf: "{model} answered", thinking: "Thinking…", thoughts: "Thoughts", thoughtFor: "Thought for {seconds} s", answering: "Answering…", answered: "The answer is complete.", working: "Waiting for the first word…",
    edit: "Edit", again: "Ask again", copyAnswer: "Copy the answer", sendEdited: "Send", stopped: "Stopped", length: "Cut at the limit of tokens", content_filter: "Held back by a filter", cut: "The connection was lost before the answer was complete.", ignored: "Not followed: {names}",
    tokens: "{count} tokens", estimated: "about {count} tokens", seconds: "{seconds} s", firstWord: "first word after {seconds} s", perSecond: "{count} tokens/s",
    settings: "Instructions and sampling", system: "System", systemPrompt: "System prompt", systemHint: "You are a helpful assistant…", temperature: "Temperature", top_p: "Top P", max_tokens: "Most tokens", seed: "Seed", stopAt: "Stop at", byDefault: "default",
    upstream: "done by the upstream", gateway: "done by the gateway", nobody: "not followed by this model", asCode: "As code", codeTitle: "This conversation as code", codeLead: "What the next question would send, with the API of this gateway.", yourMessage: "Your message",
  },
  zh: {
    newChat: "新对话", conversations: "对话列表", noConversations: "对话只保存在此浏览器中。", forgetTitle: "删除此对话？", forgetLead: "删除后无法恢复。", forgetOne: "删除“{title}”",
    model: "模型", chooseModel: "选择模型", contextOf: "{tokens} 上下文", draws: "绘图", aliasOf: "即 {model}", noModels: "目前没有可用的模型。", stale: "无法连接 Akash，以下为此前的列表。", retry: "重试",
    ask: "输入问题", askLabel: "你的消息", send: "发送", stop: "停止", attach: "添加图片或文件", dropHere: "将图片和文件拖放到此处", removeFile: "移除 {name}", tooLarge: "{name} 过大：最多 {limit} MB。",
    hello: "想了解什么？", helloLead: "由 Akash 上的开放模型作答。你输入的内容经本网关发送给模型，此外只保存在此浏览器中。",
    ideaOne: "用公式解释天空为什么是蓝色的", ideaTwo: "写一个查找质数的 Python 函数并测试", ideaThree: "用表格比较三种排序算法", ideaFour: "帮我计划一次周末山间旅行",
    you: "你", answerOf: "{model} 的回答", thinking: "思考中…", thoughts: "思考过程", thoughtFor: "思考了 {seconds} 秒", answering: "正在回答…", answered: "回答完成。", working: "等待第一个字…",
    edit: "编辑", again: "重新回答", copyAnswer: "复制回答", sendEdited: "发送", stopped: "已停止", length: "已达词元上限", content_filter: "被过滤器拦截", cut: "回答尚未完成，连接已中断。", ignored: "未遵循：{names}",
    tokens: "{count} 个词元", estimated: "约 {count} 个词元", seconds: "{seconds} 秒", firstWord: "{seconds} 秒后出现首字", perSecond: "每秒 {count} 个词元",
    settings: "指令与采样", system: "系统", systemPrompt: "系统提示词", systemHint: "你是一个乐于助人的助手……", temperature: "温度", top_p: "Top P", max_tokens: "最大词元数", seed: "随机种子", stopAt: "停止词", byDefault: "默认",
    upstream: "由上游实现", gateway: "由网关实现", nobody: "此模型不遵循", asCode: "查看代码", codeTitle: "此对话的代码", codeLead: "下一个问题通过本网关 API 发送的内容。", yourMessage: "你的消息",
  },
});
