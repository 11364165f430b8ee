"""Import: files of other tools become commands, and every row of them is answered for."""
