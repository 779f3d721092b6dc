"""The HTTP API that lists the inventory and the products: a connection only this location has."""

from collections.abc import Iterator

from pydantic import Field

from shared_resources.http_api import HttpApi, HttpResponse


class InventoryApi(HttpApi):
    """An API with two paginated collections, each page `{"items": […], "total": N, "next": …}`."""

    base_url_variable: str = Field(
        default="INVENTORY_API_URL", description="Environment variable of the address."
    )
    token_variable: str = Field(
        default="INVENTORY_API_TOKEN", description="Environment variable of the bearer token."
    )
    token_required: bool = Field(default=False, description="Whether the API wants a token.")
    inventory_path: str = Field(default="inventory", description="Path of the inventory.")
    products_path: str = Field(default="products", description="Path of the list of products.")
    page_size: int = Field(default=500, ge=1, le=10_000, description="Items asked for per page.")

    def inventory_pages(self) -> Iterator[HttpResponse]:
        """Yield the pages of the inventory."""
        return self.pages(self.inventory_path, {"page_size": self.page_size})

    def product_pages(self) -> Iterator[HttpResponse]:
        """Yield the pages of the list of products."""
        return self.pages(self.products_path, {"page_size": self.page_size})
