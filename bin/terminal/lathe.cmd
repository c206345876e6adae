@echo off
rem `lathe` in VS Code's terminals on Windows: see the file without an ending beside this one.
setlocal
set ELECTRON_RUN_AS_NODE=1
if not defined LATHE_NODE set LATHE_NODE=node
"%LATHE_NODE%" "%~dp0..\..\dist\cli.mjs" %*
