"""Verifies exported logs with aics-tlog: FOLDER KEY NEXT-KEY WITNESS-KEY.

FOLDER holds the exports first/, handover/ and second/, the note cosigned and the proofs proofs/<index>.tlog-proof. Prints one line of what was
checked; ends with an error at the first thing that does not hold.
"""

import base64
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    leaf_hash,
    parse_note,
    parse_vkey,
    read_entry,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)


def holds(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


def opened(path, key, witnesses=(), quorum=0):
    result = verify_checkpoint(parse_note(path.read_bytes()), key, list(witnesses), quorum)
    holds(result.ok, f"{path} under {key.name}: {result.error}")
    return result


def audited(folder, key):
    """Every tile and bundle, and the inclusion of every entry."""
    head = opened(folder / "checkpoint", key)
    reader = FileSystemTileReader(folder)
    report = audit_tiles(reader, head.size, head.root)
    for index in range(head.size):
        proof = inclusion_proof_from_tiles(reader, index, head.size)
        leaf = leaf_hash(read_entry(reader, index, head.size))
        holds(verify_inclusion(leaf, index, head.size, proof, head.root), f"entry {index} of {folder}")
    return reader, head, report


def proven(path, reader, key):
    """A tlog-proof, as its specification says it is read."""
    lines = path.read_text().split("\n")
    holds(lines[0] == "c2sp.org/tlog-proof@v1", f"{path}: {lines[0]}")
    index = int(lines[1].removeprefix("index "))
    end = lines.index("")
    proof = [base64.b64decode(line, validate=True) for line in lines[2:end]]
    head = verify_checkpoint(parse_note("\n".join(lines[end + 1 :])), key)
    holds(head.ok, f"{path}: {head.error}")
    leaf = leaf_hash(read_entry(reader, index, head.size))
    holds(verify_inclusion(leaf, index, head.size, proof, head.root), str(path))


def main(folder, key, successor, witness):
    first_reader, first, _ = audited(folder / "first", key)
    for either in (key, successor):
        audited(folder / "handover", either)
    reader, second, report = audited(folder / "second", successor)
    holds(first.size < second.size, "the log grew")
    sizes = sorted({1, 255, 256, 257, first.size})
    for size in sizes:
        proof = consistency_proof_from_tiles(reader, size, second.size)
        old = first.root if size == first.size else root_of(first_reader, size, first.size)
        holds(verify_consistency(size, second.size, old, second.root, proof), f"size {size}")
    proofs = sorted((folder / "proofs").iterdir())
    for path in proofs:
        proven(path, reader, successor)
    cosigned = opened(folder / "cosigned", successor, [witness], 1)
    holds(cosigned.witnesses == [witness.name] and cosigned.size == second.size, "the cosignature")
    print(
        f"{second.size} entries included, {report.tiles} tiles and {report.bundles} bundles, {len(sizes)} sizes consistent, "
        f"{len(proofs)} proofs, 2 keys, 1 cosignature"
    )


def root_of(reader, size, tile_size):
    from aics_tlog import tree_root_from_tiles

    return tree_root_from_tiles(reader, size, tile_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(parse_vkey, sys.argv[2:5]))
