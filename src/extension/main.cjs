// What VS Code requires. All else are ES modules in chunks, so that each is read when it is first needed.
exports.activate = async (context) => (await import('./extension.mjs')).activate(context);
