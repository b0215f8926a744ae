"""Look at files and propose how they are to be read: what nobody can know from looking is a question, never a guess."""
