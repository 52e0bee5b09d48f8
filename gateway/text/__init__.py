"""What the gateway says to people, in Chinese and English: one module an area, one function a message."""
