"""Generated files cannot rot: they are held against what generates them."""

from tests.generate import generated


def test_every_generated_file_is_up_to_date() -> None:
    for path, text in generated().items():
        assert path.read_text("utf-8") == text, f"{path.name} is old: run make docs"
