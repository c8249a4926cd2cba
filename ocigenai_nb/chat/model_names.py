"""What requests call a model that is named by its OCID: looked up once, in the region's list."""

from __future__ import annotations

from typing import Any

from ocigenai_nb.core.model_list import check_home, find_listed_name
from ocigenai_nb.core.ocids import is_model_ocid
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.control_plane import list_models
from ocigenai_nb.transports.loop import io_thread


class ModelNames:
    """The names of models for one client; the list is read when the first OCID is asked for."""

    def __init__(self, client: SignedClient) -> None:
        self._client = client
        self._items: list[Any] | None = None

    def find(self, model: str) -> str:
        """The name of a model whose OCID `model` is; anything else as it is, with nothing sent.

        Raises UnknownModelError for an OCID that names no model of this region's list, and what
        `list_models` raises.
        """
        if not is_model_ocid(model):
            return model
        region = self._client.identity.settings.region.value
        check_home(model, region)
        if self._items is None:
            self._items = io_thread().run(list_models(self._client))
        return find_listed_name(self._items, model, region)
