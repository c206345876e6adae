// Stands in for @vscode/spdlog, whose native part needs a compiler. Without it VS Code keeps no log files, and the Output
// panel shows nothing of an extension's LogOutputChannel.
const fs = require('node:fs');
const path = require('node:path');

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

class Logger {
  constructor(_type, _name, file) {
    this.file = file;
    this.level = levels.indexOf('info');
    this.format = (level, message) => `${new Date().toISOString()} [${level}] ${message}\n`;
    fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  write(level, message) {
    if (levels.indexOf(level) >= this.level) fs.appendFileSync(this.file, this.format(level, message));
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  clearFormatters() {
    this.format = (_level, message) => message;
  }
  setPattern() {}
  flush() {}
  drop() {}
}
for (const level of levels) {
  Logger.prototype[level] = function (message) {
    this.write(level, message);
  };
}

const create = async (name, file) => new Logger('rotating', name, file);
exports.version = 1; // named one by one, so that `import()` finds them
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
