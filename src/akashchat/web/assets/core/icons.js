// The line drawings, each a path in a square of 24.

export const CHAT = "M4 5.5h16v11H10.5L6 20v-3.5H4z";
export const PICTURE = "M4 4.5h16v15H4zM4 16l4.5-4.5 4 4 3-3 4.5 4.5M15.5 8.5v.01";
export const MODELS = "M12 3.5 20 8v8l-8 4.5L4 16V8zM4 8l8 4.5L20 8M12 12.5v8";
export const CONNECT = "M9 4v5M15 4v5M6.5 9h11v3a5.5 5.5 0 0 1-11 0zM12 17.5V21";
export const DOCS = "M6 3.5h8.5L18 7v13.5H6zM9 11h6M9 14.5h6";
export const PLUS = "M12 5v14M5 12h14";
export const SEND = "M12 19V5.5M6 11l6-6 6 6";
export const STOP = "M7.5 7.5h9v9h-9z";
export const CLIP = "M8 12.5l6-6a2.8 2.8 0 0 1 4 4l-8 8a4.5 4.5 0 0 1-6.4-6.4L11 4.7";
export const EDIT = "M5 19l.8-3.7L16 5.1a1.8 1.8 0 0 1 2.6 0l.3.3a1.8 1.8 0 0 1 0 2.6L8.7 18.2z";
export const AGAIN = "M19 8.5A7.5 7.5 0 1 0 19.5 12M19.5 4.5v4.5h-4.5";
export const COPY = "M9 9h10.5v10.5H9zM5 15V4.5h10.5";
export const DONE = "M5 12.5l4.5 4.5L19 7.5";
export const TRASH = "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7";
export const CODE = "M8.5 7.5L4 12l4.5 4.5M15.5 7.5L20 12l-4.5 4.5";
export const TUNE = "M4 8h9M17 8h3M4 16h3M11 16h9M15 6v4M9 14v4";
export const DOWN = "M7 10l5 5 5-5";
export const CLOSE = "M6 6l12 12M18 6L6 18";
export const LIST = "M4 7h16M4 12h16M4 17h10";
export const SUN = "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4";
export const MOON = "M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z";
export const HALF = "M12 4.5a7.5 7.5 0 1 0 0 15zM12 4.5a7.5 7.5 0 0 1 0 15";
export const LANGUAGE = "M4 6h9M8.5 4v2M11 6c-.8 4-3.5 7-7 8.5M6 9.5c1.5 2.5 3.5 4 6 5M12.5 20l4-10 4 10M14 16.5h5";
export const LEAVE = "M10 4.5H5v15h5M9.5 12H20M16 8l4 4-4 4";
export const SAVE = "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14";
export const FILE = "M7 3.5h7l4 4v13H7zM14 3.5v4h4";
