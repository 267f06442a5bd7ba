"""Checks the documentation; Tests/Docs/docs.sh calls it.

    check.py comments GRAPHS          every public symbol in the folder of symbol graphs has a comment of its own or inherits one
    check.py pages GRAPHS SITE        every public symbol has a page, and every type, function and member of an
                                array a place in a topic page

Prints what it counted; ends with exit code 1 and a list of what is missing.
"""

import json
import pathlib
import sys

# The heart of each module: were one of them missing, a module would not have been extracted.
EXPECTED = [
    "SharedArray", "StridedArray", "SharedBlock", "SharedMutex", "Transferable", "WorkerProcess", "ProcessPool",
    "ProcessPool/map(_:_:into:chunkSize:timeout:retries:progress:)", "WorkerTeam", "Connection", "SharedQueue", "eigh(_:)",
    "matmul(_:_:on:)", "ComputeBudget",
]


def graph(folder, files="SharedArrays.symbols.json"):
    """The symbols in files, and the relationships between them; those of the umbrella, unless said otherwise."""
    symbols, relationships = [], []
    for file in sorted(pathlib.Path(folder).glob(files)):
        content = json.loads(file.read_text())
        symbols += content["symbols"]
        relationships += content["relationships"]
    return symbols, relationships


def path(symbol):
    return "/".join(symbol["pathComponents"])


def fail(sentence, names):
    print(f"error: {sentence}", file=sys.stderr)
    for name in sorted(names):
        print(f"  {name}", file=sys.stderr)
    sys.exit(1)


def check_comments(folder):
    # Also what other modules' types are given, which has files of its own.
    symbols, relationships = graph(folder, "*.symbols.json")
    # The compiler gives a symbol the comment of the requirement that it satisfies; where that is the standard library's
    # (`==`, `hash(into:)`), the relationship still says where the comment is to be found.
    inheriting = {r["source"] for r in relationships if "sourceOrigin" in r}
    missing = []
    for symbol in symbols:
        lines = symbol.get("docComment", {}).get("lines", [])
        if any(line["text"].strip() for line in lines) or symbol["identifier"]["precise"] in inheriting:
            continue
        place = symbol.get("location", {"uri": "somewhere", "position": {"line": -1}})
        file = place["uri"].split("/Sources/")[-1]
        missing.append(f"{path(symbol)} ({file}:{place['position']['line'] + 1})")
    if missing:
        fail("public symbols have no comment:", missing)
    if not symbols:
        fail("the symbol graphs contain no public symbols.", [])
    print(f"{len(symbols)} public symbols have comments.")


def check_pages(folder, site):
    symbols, _ = graph(folder)
    data = pathlib.Path(site) / "data/documentation"
    pages = {}
    for file in data.rglob("*.json"):
        page = json.loads(file.read_text())
        pages[page["identifier"]["url"]] = page

    # The site names a symbol by its compiler's name.
    shown = {page["metadata"].get("externalID") for page in pages.values()}
    missing = {path(symbol) for symbol in symbols if symbol["identifier"]["precise"] not in shown}
    missing |= set(EXPECTED) - {path(symbol) for symbol in symbols}
    if missing:
        fail("symbols have no page:", missing)

    # Those in folders further down are DocC's own lists of default implementations.
    top = [json.loads(file.read_text()) for file in (data / "sharedarrays").glob("*.json")]
    articles = [page for page in top if page["kind"] == "article"]
    if len(articles) < 30:
        fail("articles are missing; the site has only:", [page["metadata"]["title"] for page in articles])

    # DocC puts symbols that no page lists into groups of its own making.
    left_over = [
        identifier.split("/SharedArrays/", 1)[-1]
        for name in ["sharedarrays", "sharedarrays/sharedarray", "sharedarrays/stridedarray"]
        for section in json.loads((data / f"{name}.json").read_text())["topicSections"]
        if section.get("generated") and section["title"] != "Default Implementations"
        for identifier in section["identifiers"]
    ]
    if left_over:
        fail("symbols that no topic page lists:", left_over)
    print(f"{len(pages)} pages, {len(articles)} of them articles, for {len(symbols)} public symbols.")


match sys.argv[1:]:
    case ["comments", folder]:
        check_comments(folder)
    case ["pages", folder, site]:
        check_pages(folder, site)
    case _:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
