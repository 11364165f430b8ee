"""How it is asked: GraphQL, the console, the command line."""
