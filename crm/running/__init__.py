"""What `manage.py up` is made of. Nothing here needs a database."""
