from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0013_find_what_is_in_doubt"),
    ]

    operations = [
        migrations.AddField(model_name="task", name="due_on", field=models.DateField(null=True)),
        migrations.AddField(model_name="task", name="first_due_on", field=models.DateField(null=True)),
    ]
