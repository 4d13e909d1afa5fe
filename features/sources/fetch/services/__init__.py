"""The services, a file each: what is asked for, and what their answers mean."""
