/** Scripts that run elsewhere (a board, the user's Python) travel as text: loaders for every bundle of this project. */
export const textFiles = { '.py': 'text', '.sh': 'text' };
