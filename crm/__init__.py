"""The project: settings, wiring by name, and the spine that every room uses. Imports no room, and nothing heavy."""
