"""Where the gateway's refused messages are, for the gateway and for the commands that look at them."""

from pathlib import Path

from stream.commands.refusal import Refusal
from stream.gateway.refused import RefusedStore
from stream.gateway.vault import Vault
from stream.settings import Settings


def store_key_file(settings: Settings) -> Path:
    """The file of the secret that seals what is kept on disk; raises Refusal where none is named."""
    if settings.store_key_file is None:
        sentence = "set WARDWATCH_STORE_KEY_FILE: it names the secret that seals what the gateway keeps on disk"
        raise Refusal(sentence)
    return settings.store_key_file


def refused_store(settings: Settings, folder: Path) -> RefusedStore:
    """The refused messages in the folder of `--store`; raises Refusal and KeyFileError."""
    return RefusedStore(folder / "refused", Vault.of(store_key_file(settings), "gateway refused"))
