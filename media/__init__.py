"""The media plane: the RTP pump (a child process), its actor, prompts, voice and music."""
