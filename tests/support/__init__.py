"""What tests share: never a test itself."""
