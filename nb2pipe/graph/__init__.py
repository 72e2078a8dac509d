"""Pipeline → text: pictures of the graph, and the reasons for its edges.

One module a format: `text` for terminals, `mermaid` for READMEs, `dot` for Graphviz, `svg` and `html` to look at,
`json` for programs, `explain` for the question why an edge exists.
"""
